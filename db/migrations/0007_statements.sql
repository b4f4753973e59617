CREATE TABLE "translations" (
	"id" text PRIMARY KEY NOT NULL,
	"noun" text NOT NULL,
	"version_id" text NOT NULL,
	"language" text NOT NULL,
	"words" jsonb NOT NULL,
	"translator_id" text NOT NULL,
	"writer_ids" jsonb NOT NULL,
	"saved_at" timestamp (3) with time zone NOT NULL,
	"published_at" timestamp (3) with time zone,
	"publisher_id" text,
	"hash" text,
	CONSTRAINT "translations_once" UNIQUE("noun","version_id","language")
);
--> statement-breakpoint
ALTER TABLE "faqs" ADD COLUMN "version" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "statement_revisions" ADD COLUMN "promise_missed_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "statement_revisions" ADD COLUMN "redacted_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "statement_revisions" ADD COLUMN "redaction_reason" text;--> statement-breakpoint
ALTER TABLE "statement_revisions" ADD COLUMN "redacted_by" text;--> statement-breakpoint
ALTER TABLE "statements" ADD COLUMN "desk_authorities" jsonb DEFAULT '[]'::jsonb NOT NULL;