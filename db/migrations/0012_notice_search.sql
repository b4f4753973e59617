DROP INDEX "notices_search";--> statement-breakpoint
ALTER TABLE "notices" DROP COLUMN "search_vector";