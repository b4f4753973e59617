CREATE TABLE "notice_revisions" (
	"id" text PRIMARY KEY NOT NULL,
	"notice_id" text NOT NULL,
	"number" integer NOT NULL,
	"kind" text NOT NULL,
	"title" text NOT NULL,
	"body" text NOT NULL,
	"effective_at" timestamp (3) with time zone NOT NULL,
	"reason" text NOT NULL,
	"writer_ids" jsonb NOT NULL,
	"publisher_id" text NOT NULL,
	"published_at" timestamp (3) with time zone NOT NULL,
	"redacted_at" timestamp (3) with time zone,
	"redaction_reason" text,
	"redacted_by" text,
	"search_vector" "tsvector" GENERATED ALWAYS AS (setweight(to_tsvector('simple', translate(left(title, 2000), 'ÀÁÂÃÄÅàáâãäåÇçĆćČčÈÉÊËèéêëĘęÌÍÎÏìíîïÑñŃńÒÓÔÕÖØòóôõöøŚśŠšÙÚÛÜùúûüÝýÿŹźŻżŽž', 'AAAAAAaaaaaaCcCcCcEEEEeeeeEeIIIIiiiiNnNnOOOOOOooooooSsSsUUUUuuuuYyyZzZzZz')) || to_tsvector('english', translate(left(title, 2000), 'ÀÁÂÃÄÅàáâãäåÇçĆćČčÈÉÊËèéêëĘęÌÍÎÏìíîïÑñŃńÒÓÔÕÖØòóôõöøŚśŠšÙÚÛÜùúûüÝýÿŹźŻżŽž', 'AAAAAAaaaaaaCcCcCcEEEEeeeeEeIIIIiiiiNnNnOOOOOOooooooSsSsUUUUuuuuYyyZzZzZz')) || to_tsvector('spanish', translate(left(title, 2000), 'ÀÁÂÃÄÅàáâãäåÇçĆćČčÈÉÊËèéêëĘęÌÍÎÏìíîïÑñŃńÒÓÔÕÖØòóôõöøŚśŠšÙÚÛÜùúûüÝýÿŹźŻżŽž', 'AAAAAAaaaaaaCcCcCcEEEEeeeeEeIIIIiiiiNnNnOOOOOOooooooSsSsUUUUuuuuYyyZzZzZz')), 'A') || setweight(to_tsvector('simple', translate(left(body, 50000), 'ÀÁÂÃÄÅàáâãäåÇçĆćČčÈÉÊËèéêëĘęÌÍÎÏìíîïÑñŃńÒÓÔÕÖØòóôõöøŚśŠšÙÚÛÜùúûüÝýÿŹźŻżŽž', 'AAAAAAaaaaaaCcCcCcEEEEeeeeEeIIIIiiiiNnNnOOOOOOooooooSsSsUUUUuuuuYyyZzZzZz')) || to_tsvector('english', translate(left(body, 50000), 'ÀÁÂÃÄÅàáâãäåÇçĆćČčÈÉÊËèéêëĘęÌÍÎÏìíîïÑñŃńÒÓÔÕÖØòóôõöøŚśŠšÙÚÛÜùúûüÝýÿŹźŻżŽž', 'AAAAAAaaaaaaCcCcCcEEEEeeeeEeIIIIiiiiNnNnOOOOOOooooooSsSsUUUUuuuuYyyZzZzZz')) || to_tsvector('spanish', translate(left(body, 50000), 'ÀÁÂÃÄÅàáâãäåÇçĆćČčÈÉÊËèéêëĘęÌÍÎÏìíîïÑñŃńÒÓÔÕÖØòóôõöøŚśŠšÙÚÛÜùúûüÝýÿŹźŻżŽž', 'AAAAAAaaaaaaCcCcCcEEEEeeeeEeIIIIiiiiNnNnOOOOOOooooooSsSsUUUUuuuuYyyZzZzZz')), 'D')) STORED,
	CONSTRAINT "notice_revisions_once" UNIQUE("notice_id","number"),
	CONSTRAINT "notice_revisions_number" CHECK ("notice_revisions"."number" >= 1)
);
--> statement-breakpoint
ALTER TABLE "faqs" ADD COLUMN "published_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "faqs" ADD COLUMN "changed_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "incident_update_revisions" ADD COLUMN "redacted_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "incident_update_revisions" ADD COLUMN "redaction_reason" text;--> statement-breakpoint
ALTER TABLE "incident_update_revisions" ADD COLUMN "redacted_by" text;--> statement-breakpoint
ALTER TABLE "postmortem_revisions" ADD COLUMN "redacted_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "postmortem_revisions" ADD COLUMN "redaction_reason" text;--> statement-breakpoint
ALTER TABLE "postmortem_revisions" ADD COLUMN "redacted_by" text;--> statement-breakpoint
ALTER TABLE "notices" ADD COLUMN "change_summary" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "notice_revisions" ADD CONSTRAINT "notice_revisions_notice_id_notices_id_fk" FOREIGN KEY ("notice_id") REFERENCES "public"."notices"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "notice_revisions_search" ON "notice_revisions" USING gin ("search_vector");