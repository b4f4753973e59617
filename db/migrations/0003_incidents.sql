CREATE TABLE "incident_relations" (
	"id" text PRIMARY KEY NOT NULL,
	"incident_id" text NOT NULL,
	"other_id" text NOT NULL,
	"kind" text NOT NULL,
	"reason" text NOT NULL,
	"author_id" text,
	"said_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "incident_update_revisions" (
	"id" text PRIMARY KEY NOT NULL,
	"update_id" text NOT NULL,
	"number" integer NOT NULL,
	"body" text NOT NULL,
	"reason" text NOT NULL,
	"author_id" text,
	"corrected_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "incident_update_revisions_once" UNIQUE("update_id","number")
);
--> statement-breakpoint
CREATE TABLE "postmortem_drafts" (
	"incident_id" text PRIMARY KEY NOT NULL,
	"version" integer NOT NULL,
	"text" jsonb NOT NULL,
	"change_summary" text DEFAULT '' NOT NULL,
	"writer_ids" jsonb NOT NULL,
	"saved_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "postmortem_revisions" (
	"id" text PRIMARY KEY NOT NULL,
	"incident_id" text NOT NULL,
	"number" integer NOT NULL,
	"text" jsonb NOT NULL,
	"change_summary" text NOT NULL,
	"publisher_id" text NOT NULL,
	"published_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "postmortem_revisions_once" UNIQUE("incident_id","number")
);
--> statement-breakpoint
CREATE TABLE "privacy_notices" (
	"language" text PRIMARY KEY NOT NULL,
	"body" text NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "site_logos" (
	"scheme" text PRIMARY KEY NOT NULL,
	"bytes" "bytea" NOT NULL
);
--> statement-breakpoint
ALTER TABLE "incident_updates" ADD COLUMN "corrected_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "incidents" ADD COLUMN "ended_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "incidents" ADD COLUMN "backfilled_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "site" ADD COLUMN "security_contact" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "site" ADD COLUMN "data_protection_contact" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "site" ADD COLUMN "hosted_by" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "site" ADD COLUMN "delivered_by" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "site" ADD COLUMN "accent" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "site" ADD COLUMN "logos" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "incident_relations" ADD CONSTRAINT "incident_relations_incident_id_incidents_id_fk" FOREIGN KEY ("incident_id") REFERENCES "public"."incidents"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "incident_relations" ADD CONSTRAINT "incident_relations_other_id_incidents_id_fk" FOREIGN KEY ("other_id") REFERENCES "public"."incidents"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "incident_update_revisions" ADD CONSTRAINT "incident_update_revisions_update_id_incident_updates_id_fk" FOREIGN KEY ("update_id") REFERENCES "public"."incident_updates"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "postmortem_drafts" ADD CONSTRAINT "postmortem_drafts_incident_id_incidents_id_fk" FOREIGN KEY ("incident_id") REFERENCES "public"."incidents"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "postmortem_revisions" ADD CONSTRAINT "postmortem_revisions_incident_id_incidents_id_fk" FOREIGN KEY ("incident_id") REFERENCES "public"."incidents"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "incident_relations_incident" ON "incident_relations" USING btree ("incident_id");--> statement-breakpoint
CREATE INDEX "incident_relations_other" ON "incident_relations" USING btree ("other_id");--> statement-breakpoint
CREATE INDEX "incidents_started" ON "incidents" USING btree ("started_at");--> statement-breakpoint
CREATE INDEX "incidents_ended" ON "incidents" USING btree ("ended_at");--> statement-breakpoint
UPDATE "incidents" SET "ended_at" = "newest"."display_at" FROM (SELECT DISTINCT ON ("incident_id") "incident_id", "status", "display_at" FROM "incident_updates" ORDER BY "incident_id", "display_at" DESC) "newest" WHERE "newest"."incident_id" = "incidents"."id" AND "newest"."status" IN ('resolved', 'postmortem', 'closed');
