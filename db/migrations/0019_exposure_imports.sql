CREATE TABLE "exposure_imports" (
	"id" text PRIMARY KEY NOT NULL,
	"incident_slug" text NOT NULL,
	"incident_title" text NOT NULL,
	"dry_run" boolean NOT NULL,
	"started_by" text NOT NULL,
	"started_at" timestamp (3) with time zone NOT NULL,
	"state" text NOT NULL,
	"figures" jsonb,
	"files" jsonb NOT NULL,
	"outcome" text,
	"list_id" text,
	"report" jsonb,
	"message" text,
	"cancel_asked_by" text,
	"cancel_asked_at" timestamp (3) with time zone,
	"touched_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE INDEX "exposure_imports_started" ON "exposure_imports" USING btree ("started_at");--> statement-breakpoint
CREATE INDEX "exposure_imports_open" ON "exposure_imports" USING btree ("touched_at") WHERE "exposure_imports"."ended_at" is null;