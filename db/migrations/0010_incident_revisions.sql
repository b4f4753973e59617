CREATE TABLE "incident_revisions" (
	"id" text PRIMARY KEY NOT NULL,
	"incident_id" text NOT NULL,
	"number" integer NOT NULL,
	"title" text NOT NULL,
	"started_at" timestamp (3) with time zone NOT NULL,
	"reason" text NOT NULL,
	"author_id" text,
	"corrected_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "incident_revisions_once" UNIQUE("incident_id","number")
);
--> statement-breakpoint
ALTER TABLE "incident_revisions" ADD CONSTRAINT "incident_revisions_incident_id_incidents_id_fk" FOREIGN KEY ("incident_id") REFERENCES "public"."incidents"("id") ON DELETE no action ON UPDATE no action;