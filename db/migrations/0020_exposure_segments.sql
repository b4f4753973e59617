CREATE TABLE "exposure_segments" (
	"list_id" text NOT NULL,
	"id" text NOT NULL,
	"name" text NOT NULL,
	"addresses" integer NOT NULL,
	CONSTRAINT "exposure_segments_list_id_id_pk" PRIMARY KEY("list_id","id")
);
--> statement-breakpoint
ALTER TABLE "sealed_originals" ADD COLUMN "segment_id" text;--> statement-breakpoint
ALTER TABLE "exposure_segments" ADD CONSTRAINT "exposure_segments_list_id_exposure_lists_id_fk" FOREIGN KEY ("list_id") REFERENCES "public"."exposure_lists"("id") ON DELETE cascade ON UPDATE no action;