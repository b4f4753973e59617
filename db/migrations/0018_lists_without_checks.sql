ALTER TABLE "exposures" DROP CONSTRAINT "exposures_list_id_exposure_lists_id_fk";
--> statement-breakpoint
ALTER TABLE "sealed_originals" DROP CONSTRAINT "sealed_originals_list_id_exposure_lists_id_fk";
