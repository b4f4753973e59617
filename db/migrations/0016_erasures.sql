CREATE TABLE "erasures" (
	"incident_id" text NOT NULL,
	"address_key" "bytea" NOT NULL,
	"key_version" integer NOT NULL,
	"norm_version" text NOT NULL,
	"kind" text NOT NULL,
	"erased_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "erasures_incident_id_address_key_pk" PRIMARY KEY("incident_id","address_key")
);
--> statement-breakpoint
ALTER TABLE "exposure_lists" ADD COLUMN "erased_addresses" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "erasures" ADD CONSTRAINT "erasures_incident_id_incidents_id_fk" FOREIGN KEY ("incident_id") REFERENCES "public"."incidents"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "erasures_key_version" ON "erasures" USING btree ("incident_id","key_version");