CREATE TABLE "addresses" (
	"id" text PRIMARY KEY NOT NULL,
	"customer_id" text NOT NULL,
	"address_key" "bytea" NOT NULL,
	"key_version" integer NOT NULL,
	"norm_version" text NOT NULL,
	"sealed_address" "bytea" NOT NULL,
	"proven_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "customers" (
	"id" text PRIMARY KEY NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "invitations" (
	"id" text PRIMARY KEY NOT NULL,
	"token_hash" "bytea" NOT NULL,
	"staff_id" text,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"used_at" timestamp (3) with time zone,
	CONSTRAINT "invitations_token_hash_unique" UNIQUE("token_hash")
);
--> statement-breakpoint
CREATE TABLE "proof_requests" (
	"id" text PRIMARY KEY NOT NULL,
	"purpose" text NOT NULL,
	"customer_id" text,
	"address_key" "bytea" NOT NULL,
	"key_version" integer NOT NULL,
	"sealed_address" "bytea" NOT NULL,
	"seed" "bytea" NOT NULL,
	"token_hash" "bytea" NOT NULL,
	"code_hash" "bytea" NOT NULL,
	"browser_hash" "bytea" NOT NULL,
	"tries_left" smallint NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone,
	"redeemed_at" timestamp (3) with time zone,
	CONSTRAINT "proof_requests_token_hash_unique" UNIQUE("token_hash"),
	CONSTRAINT "proof_requests_browser_hash_unique" UNIQUE("browser_hash")
);
--> statement-breakpoint
CREATE TABLE "rate_limits" (
	"axis" text NOT NULL,
	"key" "bytea" NOT NULL,
	"due_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "rate_limits_axis_key_pk" PRIMARY KEY("axis","key")
);
--> statement-breakpoint
CREATE TABLE "recovery_codes" (
	"staff_id" text NOT NULL,
	"code_hash" "bytea" NOT NULL,
	"used_at" timestamp (3) with time zone,
	CONSTRAINT "recovery_codes_staff_id_code_hash_pk" PRIMARY KEY("staff_id","code_hash")
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"id" text PRIMARY KEY NOT NULL,
	"customer_id" text,
	"staff_id" text,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"ends_at" timestamp (3) with time zone NOT NULL,
	"second_factor_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "sessions_one_person" CHECK (num_nonnulls("sessions"."customer_id", "sessions"."staff_id") = 1)
);
--> statement-breakpoint
CREATE TABLE "staff" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"title" text NOT NULL,
	"role" text NOT NULL,
	"address_key" "bytea" NOT NULL,
	"key_version" integer NOT NULL,
	"sealed_address" "bytea" NOT NULL,
	"sealed_totp_secret" "bytea",
	"totp_step" integer DEFAULT 0 NOT NULL,
	"totp_tries" smallint DEFAULT 0 NOT NULL,
	"totp_blocked_until" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	"deactivated_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "broadcasts" (
	"id" text PRIMARY KEY NOT NULL,
	"purpose" text NOT NULL,
	"about_kind" text NOT NULL,
	"about_id" text NOT NULL,
	"content" jsonb NOT NULL,
	"audience" jsonb NOT NULL,
	"state" text NOT NULL,
	"reason" text,
	"drafted_by" text NOT NULL,
	"drafted_at" timestamp (3) with time zone NOT NULL,
	"released_by" text,
	"released_at" timestamp (3) with time zone,
	"rendered" jsonb,
	"content_hash" text,
	"freeze_cursor" text,
	"audience_count" integer,
	"transport" text,
	"key_version" integer,
	"finished_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "deliveries" (
	"id" text PRIMARY KEY NOT NULL,
	"broadcast_id" text NOT NULL,
	"recipient_key" "bytea" NOT NULL,
	"batch_number" integer NOT NULL,
	"position" smallint NOT NULL,
	"subscription_id" text,
	"sealed_address" "bytea",
	"state" text NOT NULL,
	"reason" text,
	"provider_id" text,
	"outcome" text,
	"accepted_at" timestamp (3) with time zone,
	CONSTRAINT "deliveries_provider_id_unique" UNIQUE("provider_id"),
	CONSTRAINT "deliveries_recipient_once" UNIQUE("broadcast_id","recipient_key"),
	CONSTRAINT "deliveries_position_once" UNIQUE("broadcast_id","batch_number","position"),
	CONSTRAINT "deliveries_accepted_has_id" CHECK ("deliveries"."state" <> 'accepted' or "deliveries"."provider_id" is not null)
);
--> statement-breakpoint
CREATE TABLE "provider_batches" (
	"broadcast_id" text NOT NULL,
	"number" integer NOT NULL,
	"split" integer DEFAULT 0 NOT NULL,
	"state" text NOT NULL,
	"seal" text,
	"attempts" integer DEFAULT 0 NOT NULL,
	"first_attempt_at" timestamp (3) with time zone,
	"not_before" timestamp (3) with time zone,
	"lease_until" timestamp (3) with time zone,
	"reason" text,
	CONSTRAINT "provider_batches_broadcast_id_number_pk" PRIMARY KEY("broadcast_id","number")
);
--> statement-breakpoint
CREATE TABLE "provider_events" (
	"id" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"provider_id" text,
	"delivery_id" text,
	"permanent" boolean DEFAULT false NOT NULL,
	"occurred_at" timestamp (3) with time zone NOT NULL,
	"received_at" timestamp (3) with time zone NOT NULL,
	"handled_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "sender_gate" (
	"id" integer PRIMARY KEY DEFAULT 1 NOT NULL,
	"stopped" boolean DEFAULT false NOT NULL,
	"reason" text,
	"next_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "unreached" (
	"delivery_id" text PRIMARY KEY NOT NULL,
	"reason" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "components" (
	"id" text PRIMARY KEY NOT NULL,
	"group_id" text,
	"is_group" boolean DEFAULT false NOT NULL,
	"name" text NOT NULL,
	"description" text,
	"position" integer NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "impacts" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "impacts_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"component_id" text NOT NULL,
	"status" text NOT NULL,
	"incident_update_id" text,
	"starts_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "evidence" (
	"number" bigint PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"subject" text NOT NULL,
	"actor" text NOT NULL,
	"details" jsonb NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"previous_hash" text NOT NULL,
	"hash" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "acknowledgements" (
	"address_id" text NOT NULL,
	"list_id" text NOT NULL,
	"acknowledged_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "acknowledgements_address_id_list_id_pk" PRIMARY KEY("address_id","list_id")
);
--> statement-breakpoint
CREATE TABLE "exposure_lists" (
	"id" text PRIMARY KEY NOT NULL,
	"incident_id" text NOT NULL,
	"version" integer NOT NULL,
	"state" text NOT NULL,
	"source_hash" text,
	"source_name" text NOT NULL,
	"report" jsonb,
	"key_version" integer NOT NULL,
	"key_fingerprint" text NOT NULL,
	"norm_version" text NOT NULL,
	"imported_by" text,
	"imported_at" timestamp (3) with time zone NOT NULL,
	"applied_by" text,
	"applied_at" timestamp (3) with time zone,
	"closed_by" text,
	"closed_at" timestamp (3) with time zone,
	"sealed_until" timestamp (3) with time zone,
	"sealed_key" "bytea",
	CONSTRAINT "exposure_lists_version" UNIQUE("incident_id","version")
);
--> statement-breakpoint
CREATE TABLE "exposures" (
	"list_id" text NOT NULL,
	"address_key" "bytea" NOT NULL,
	"batch_no" integer NOT NULL,
	"key_version" smallint NOT NULL,
	"norm_version" text NOT NULL,
	"flags" smallint NOT NULL,
	"measures" jsonb,
	CONSTRAINT "exposures_list_id_address_key_batch_no_pk" PRIMARY KEY("list_id","address_key","batch_no")
);
--> statement-breakpoint
CREATE TABLE "leaked_batches" (
	"list_id" text NOT NULL,
	"batch_no" integer NOT NULL,
	"size" integer NOT NULL,
	"delivered" integer NOT NULL,
	"stopped" boolean NOT NULL,
	"sent_at" timestamp (3) with time zone,
	CONSTRAINT "leaked_batches_list_id_batch_no_pk" PRIMARY KEY("list_id","batch_no")
);
--> statement-breakpoint
CREATE TABLE "sealed_originals" (
	"list_id" text NOT NULL,
	"id" "bytea" NOT NULL,
	"sealed_address" "bytea" NOT NULL,
	CONSTRAINT "sealed_originals_list_id_id_pk" PRIMARY KEY("list_id","id")
);
--> statement-breakpoint
CREATE TABLE "faqs" (
	"id" text PRIMARY KEY NOT NULL,
	"category" text NOT NULL,
	"incident_id" text,
	"question" text NOT NULL,
	"answer" text NOT NULL,
	"state" text NOT NULL,
	"position" integer NOT NULL,
	"reviewed_at" timestamp (3) with time zone NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "incident_updates" (
	"id" text PRIMARY KEY NOT NULL,
	"incident_id" text NOT NULL,
	"status" text NOT NULL,
	"body" text NOT NULL,
	"author_id" text,
	"display_at" timestamp (3) with time zone NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "incidents" (
	"id" text PRIMARY KEY NOT NULL,
	"slug" text NOT NULL,
	"title" text NOT NULL,
	"nature" text NOT NULL,
	"impact" text NOT NULL,
	"started_at" timestamp (3) with time zone NOT NULL,
	"published_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "incidents_slug_unique" UNIQUE("slug")
);
--> statement-breakpoint
CREATE TABLE "letters" (
	"id" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"subject_id" text NOT NULL,
	"sealed_address" "bytea",
	"state" text NOT NULL,
	"send_after" timestamp (3) with time zone NOT NULL,
	"provider_batch_id" text,
	"position" smallint,
	"attempts" integer DEFAULT 0 NOT NULL,
	"lease_until" timestamp (3) with time zone,
	"provider_id" text,
	"reason" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"handed_over_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "notices" (
	"id" text PRIMARY KEY NOT NULL,
	"slug" text NOT NULL,
	"title" text NOT NULL,
	"body" text NOT NULL,
	"effective_at" timestamp (3) with time zone NOT NULL,
	"author_id" text NOT NULL,
	"writer_ids" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"published_at" timestamp (3) with time zone,
	"publisher_id" text,
	CONSTRAINT "notices_slug_unique" UNIQUE("slug")
);
--> statement-breakpoint
CREATE TABLE "press_versions" (
	"dependency" text PRIMARY KEY NOT NULL,
	"version" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "site" (
	"id" integer PRIMARY KEY DEFAULT 1 NOT NULL,
	"name" text NOT NULL,
	"legal_entity" text NOT NULL,
	"contact_email" text NOT NULL,
	"press_contact" text NOT NULL,
	"time_zone" text NOT NULL,
	"language" text NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "gate_overrides" (
	"id" text PRIMARY KEY NOT NULL,
	"statement_id" text NOT NULL,
	"draft_version" integer NOT NULL,
	"check_name" text NOT NULL,
	"reason" text NOT NULL,
	"staff_id" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "statement_approvals" (
	"statement_id" text NOT NULL,
	"draft_version" integer NOT NULL,
	"approver_id" text NOT NULL,
	"approved_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "statement_approvals_statement_id_draft_version_pk" PRIMARY KEY("statement_id","draft_version")
);
--> statement-breakpoint
CREATE TABLE "statement_drafts" (
	"statement_id" text PRIMARY KEY NOT NULL,
	"version" integer NOT NULL,
	"text" jsonb NOT NULL,
	"change_summary" text DEFAULT '' NOT NULL,
	"author_id" text NOT NULL,
	"writer_ids" jsonb NOT NULL,
	"saved_at" timestamp (3) with time zone NOT NULL,
	"submitted_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "statement_revisions" (
	"id" text PRIMARY KEY NOT NULL,
	"statement_id" text NOT NULL,
	"number" integer NOT NULL,
	"kind" text NOT NULL,
	"text" jsonb NOT NULL,
	"change_summary" text NOT NULL,
	"author_id" text NOT NULL,
	"approver_id" text NOT NULL,
	"publisher_id" text NOT NULL,
	"hash" text NOT NULL,
	"previous_hash" text,
	"published_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "statement_revisions_once" UNIQUE("statement_id","number"),
	CONSTRAINT "statement_revisions_number" CHECK ("statement_revisions"."number" >= 1)
);
--> statement-breakpoint
CREATE TABLE "statements" (
	"id" text PRIMARY KEY NOT NULL,
	"slug" text NOT NULL,
	"incident_id" text NOT NULL,
	"kind" text NOT NULL,
	"language" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "statements_slug_unique" UNIQUE("slug")
);
--> statement-breakpoint
CREATE TABLE "subscriptions" (
	"id" text PRIMARY KEY NOT NULL,
	"address_key" "bytea" NOT NULL,
	"key_version" integer NOT NULL,
	"norm_version" text NOT NULL,
	"sealed_address" "bytea" NOT NULL,
	"wants_statements" boolean NOT NULL,
	"wants_notices" boolean NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"requested_at" timestamp (3) with time zone NOT NULL,
	"confirmed_at" timestamp (3) with time zone,
	"ended_at" timestamp (3) with time zone,
	CONSTRAINT "subscriptions_address_key_unique" UNIQUE("address_key")
);
--> statement-breakpoint
CREATE TABLE "suppressions" (
	"address_key" "bytea" PRIMARY KEY NOT NULL,
	"key_version" integer NOT NULL,
	"reason" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "worker_heartbeats" (
	"worker" text PRIMARY KEY NOT NULL,
	"seen_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "addresses" ADD CONSTRAINT "addresses_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "invitations" ADD CONSTRAINT "invitations_staff_id_staff_id_fk" FOREIGN KEY ("staff_id") REFERENCES "public"."staff"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "proof_requests" ADD CONSTRAINT "proof_requests_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "recovery_codes" ADD CONSTRAINT "recovery_codes_staff_id_staff_id_fk" FOREIGN KEY ("staff_id") REFERENCES "public"."staff"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_staff_id_staff_id_fk" FOREIGN KEY ("staff_id") REFERENCES "public"."staff"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_broadcast_id_broadcasts_id_fk" FOREIGN KEY ("broadcast_id") REFERENCES "public"."broadcasts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_broadcast_id_batch_number_provider_batches_broadcast_id_number_fk" FOREIGN KEY ("broadcast_id","batch_number") REFERENCES "public"."provider_batches"("broadcast_id","number") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "provider_batches" ADD CONSTRAINT "provider_batches_broadcast_id_broadcasts_id_fk" FOREIGN KEY ("broadcast_id") REFERENCES "public"."broadcasts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "unreached" ADD CONSTRAINT "unreached_delivery_id_deliveries_id_fk" FOREIGN KEY ("delivery_id") REFERENCES "public"."deliveries"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "impacts" ADD CONSTRAINT "impacts_component_id_components_id_fk" FOREIGN KEY ("component_id") REFERENCES "public"."components"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "acknowledgements" ADD CONSTRAINT "acknowledgements_address_id_addresses_id_fk" FOREIGN KEY ("address_id") REFERENCES "public"."addresses"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "acknowledgements" ADD CONSTRAINT "acknowledgements_list_id_exposure_lists_id_fk" FOREIGN KEY ("list_id") REFERENCES "public"."exposure_lists"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "exposure_lists" ADD CONSTRAINT "exposure_lists_incident_id_incidents_id_fk" FOREIGN KEY ("incident_id") REFERENCES "public"."incidents"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "exposures" ADD CONSTRAINT "exposures_list_id_exposure_lists_id_fk" FOREIGN KEY ("list_id") REFERENCES "public"."exposure_lists"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "leaked_batches" ADD CONSTRAINT "leaked_batches_list_id_exposure_lists_id_fk" FOREIGN KEY ("list_id") REFERENCES "public"."exposure_lists"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sealed_originals" ADD CONSTRAINT "sealed_originals_list_id_exposure_lists_id_fk" FOREIGN KEY ("list_id") REFERENCES "public"."exposure_lists"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "faqs" ADD CONSTRAINT "faqs_incident_id_incidents_id_fk" FOREIGN KEY ("incident_id") REFERENCES "public"."incidents"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "incident_updates" ADD CONSTRAINT "incident_updates_incident_id_incidents_id_fk" FOREIGN KEY ("incident_id") REFERENCES "public"."incidents"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "gate_overrides" ADD CONSTRAINT "gate_overrides_statement_id_statements_id_fk" FOREIGN KEY ("statement_id") REFERENCES "public"."statements"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "statement_approvals" ADD CONSTRAINT "statement_approvals_statement_id_statements_id_fk" FOREIGN KEY ("statement_id") REFERENCES "public"."statements"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "statement_drafts" ADD CONSTRAINT "statement_drafts_statement_id_statements_id_fk" FOREIGN KEY ("statement_id") REFERENCES "public"."statements"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "statement_revisions" ADD CONSTRAINT "statement_revisions_statement_id_statements_id_fk" FOREIGN KEY ("statement_id") REFERENCES "public"."statements"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "statements" ADD CONSTRAINT "statements_incident_id_incidents_id_fk" FOREIGN KEY ("incident_id") REFERENCES "public"."incidents"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "addresses_address_key" ON "addresses" USING btree ("address_key");--> statement-breakpoint
CREATE INDEX "addresses_customer" ON "addresses" USING btree ("customer_id");--> statement-breakpoint
CREATE INDEX "proof_requests_created" ON "proof_requests" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "sessions_customer" ON "sessions" USING btree ("customer_id");--> statement-breakpoint
CREATE INDEX "sessions_staff" ON "sessions" USING btree ("staff_id");--> statement-breakpoint
CREATE INDEX "sessions_expires" ON "sessions" USING btree ("expires_at");--> statement-breakpoint
CREATE UNIQUE INDEX "staff_address_key" ON "staff" USING btree ("address_key");--> statement-breakpoint
CREATE INDEX "provider_batches_waiting" ON "provider_batches" USING btree ("broadcast_id","number") WHERE "provider_batches"."state" in ('pending', 'sealed', 'sending');--> statement-breakpoint
CREATE INDEX "provider_events_waiting" ON "provider_events" USING btree ("received_at") WHERE "provider_events"."handled_at" is null;--> statement-breakpoint
CREATE INDEX "impacts_component" ON "impacts" USING btree ("component_id","starts_at","id");--> statement-breakpoint
CREATE INDEX "acknowledgements_list" ON "acknowledgements" USING btree ("list_id");--> statement-breakpoint
CREATE INDEX "incident_updates_incident" ON "incident_updates" USING btree ("incident_id","display_at");--> statement-breakpoint
CREATE INDEX "letters_waiting" ON "letters" USING btree ("send_after") WHERE "letters"."state" in ('pending', 'sending');--> statement-breakpoint
CREATE INDEX "letters_group" ON "letters" USING btree ("provider_batch_id");--> statement-breakpoint
CREATE INDEX "letters_created" ON "letters" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "statement_revisions_published" ON "statement_revisions" USING btree ("published_at");--> statement-breakpoint
CREATE INDEX "subscriptions_confirmed" ON "subscriptions" USING btree ("confirmed_at");