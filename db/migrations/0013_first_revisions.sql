-- A translation names the notice it was made from: its first revision takes that name.
INSERT INTO "notice_revisions"
  ("id", "notice_id", "number", "kind", "title", "body", "effective_at", "reason", "writer_ids", "publisher_id", "published_at")
SELECT "id", "id", 1, 'published', "title", "body", "effective_at", '', "writer_ids",
  coalesce("publisher_id", "author_id"), "published_at"
FROM "notices" WHERE "published_at" IS NOT NULL;
--> statement-breakpoint
UPDATE "notices" SET "writer_ids" = '[]' WHERE "published_at" IS NOT NULL;
--> statement-breakpoint
UPDATE "faqs" SET "published_at" = "reviewed_at" WHERE "state" <> 'draft';
