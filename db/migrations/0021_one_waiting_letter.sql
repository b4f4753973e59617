ALTER TABLE "proof_requests" DROP CONSTRAINT "proof_requests_token_hash_unique";--> statement-breakpoint
ALTER TABLE "letters" ADD COLUMN "waiting_key" "bytea";--> statement-breakpoint
CREATE INDEX "proof_requests_token" ON "proof_requests" USING btree ("token_hash");--> statement-breakpoint
ALTER TABLE "letters" ADD CONSTRAINT "letters_waiting_key" UNIQUE("waiting_key");