CREATE TABLE "component_days" (
	"component_id" text NOT NULL,
	"day" date NOT NULL,
	"starts_at" timestamp (3) with time zone NOT NULL,
	"ends_at" timestamp (3) with time zone NOT NULL,
	"major_seconds" integer DEFAULT 0 NOT NULL,
	"partial_seconds" integer DEFAULT 0 NOT NULL,
	"degraded_seconds" integer DEFAULT 0 NOT NULL,
	"maintenance_seconds" integer DEFAULT 0 NOT NULL,
	"counted_seconds" integer NOT NULL,
	"frozen_at" timestamp (3) with time zone NOT NULL,
	"outdated" boolean DEFAULT false NOT NULL,
	CONSTRAINT "component_days_component_id_day_pk" PRIMARY KEY("component_id","day")
);
--> statement-breakpoint
ALTER TABLE "components" ADD COLUMN "display" text DEFAULT 'collapsed_unless_wrong' NOT NULL;--> statement-breakpoint
ALTER TABLE "components" ADD COLUMN "only_show_if_degraded" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "components" ADD COLUMN "showcase" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "components" ADD COLUMN "start_date" date;--> statement-breakpoint
ALTER TABLE "components" ADD COLUMN "retired_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "component_days" ADD CONSTRAINT "component_days_component_id_components_id_fk" FOREIGN KEY ("component_id") REFERENCES "public"."components"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "component_days_outdated" ON "component_days" USING btree ("component_id","day") WHERE "component_days"."outdated";--> statement-breakpoint
CREATE INDEX "impacts_maintenance_update" ON "impacts" USING btree ("maintenance_update_id");