CREATE TABLE "exposure_destructions" (
	"incident_id" text PRIMARY KEY NOT NULL,
	"destroyed_by" text,
	"destroyed_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "exposure_lists" ADD COLUMN "applied_reason" text;--> statement-breakpoint
ALTER TABLE "exposure_lists" ADD COLUMN "difference" jsonb;--> statement-breakpoint
ALTER TABLE "exposure_lists" ADD COLUMN "emptied_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "exposure_destructions" ADD CONSTRAINT "exposure_destructions_incident_id_incidents_id_fk" FOREIGN KEY ("incident_id") REFERENCES "public"."incidents"("id") ON DELETE no action ON UPDATE no action;