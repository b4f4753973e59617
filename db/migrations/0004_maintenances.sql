CREATE TABLE "maintenance_components" (
	"maintenance_id" text NOT NULL,
	"component_id" text NOT NULL,
	CONSTRAINT "maintenance_components_maintenance_id_component_id_pk" PRIMARY KEY("maintenance_id","component_id")
);
--> statement-breakpoint
CREATE TABLE "maintenance_series" (
	"id" text PRIMARY KEY NOT NULL,
	"title" text NOT NULL,
	"description" text NOT NULL,
	"rule" text NOT NULL,
	"starts_at" text NOT NULL,
	"time_zone" text NOT NULL,
	"duration_minutes" integer NOT NULL,
	"component_ids" jsonb NOT NULL,
	"reminder_minutes" jsonb NOT NULL,
	"reminders_approved_by" text,
	"author_id" text,
	"known_until" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"cancelled_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "maintenance_updates" (
	"id" text PRIMARY KEY NOT NULL,
	"maintenance_id" text NOT NULL,
	"status" text NOT NULL,
	"body" text NOT NULL,
	"author_id" text,
	"display_at" timestamp (3) with time zone NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "maintenances" (
	"id" text PRIMARY KEY NOT NULL,
	"slug" text NOT NULL,
	"title" text NOT NULL,
	"description" text NOT NULL,
	"state" text NOT NULL,
	"scheduled_for" timestamp (3) with time zone NOT NULL,
	"scheduled_until" timestamp (3) with time zone NOT NULL,
	"published_at" timestamp (3) with time zone,
	"started_at" timestamp (3) with time zone,
	"verifying_at" timestamp (3) with time zone,
	"ended_at" timestamp (3) with time zone,
	"due_at" timestamp (3) with time zone,
	"reminder_minutes" jsonb NOT NULL,
	"reminded_at" timestamp (3) with time zone,
	"reminders_approved_by" text,
	"author_id" text,
	"series_id" text,
	"occurrence" text,
	"sequence" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "maintenances_slug_unique" UNIQUE("slug"),
	CONSTRAINT "maintenances_occurrence_once" UNIQUE("series_id","occurrence")
);
--> statement-breakpoint
ALTER TABLE "impacts" ADD COLUMN "maintenance_update_id" text;--> statement-breakpoint
ALTER TABLE "subscriptions" ADD COLUMN "wants_maintenance" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "maintenance_components" ADD CONSTRAINT "maintenance_components_maintenance_id_maintenances_id_fk" FOREIGN KEY ("maintenance_id") REFERENCES "public"."maintenances"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "maintenance_updates" ADD CONSTRAINT "maintenance_updates_maintenance_id_maintenances_id_fk" FOREIGN KEY ("maintenance_id") REFERENCES "public"."maintenances"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "maintenances" ADD CONSTRAINT "maintenances_series_id_maintenance_series_id_fk" FOREIGN KEY ("series_id") REFERENCES "public"."maintenance_series"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "maintenance_components_component" ON "maintenance_components" USING btree ("component_id");--> statement-breakpoint
CREATE INDEX "maintenance_updates_maintenance" ON "maintenance_updates" USING btree ("maintenance_id","display_at");--> statement-breakpoint
CREATE INDEX "maintenances_due" ON "maintenances" USING btree ("due_at") WHERE "maintenances"."due_at" is not null;--> statement-breakpoint
CREATE INDEX "maintenances_scheduled" ON "maintenances" USING btree ("scheduled_for");--> statement-breakpoint
CREATE INDEX "maintenances_updated" ON "maintenances" USING btree ("updated_at");