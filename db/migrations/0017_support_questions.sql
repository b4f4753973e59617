CREATE TABLE "support_questions" (
	"id" text PRIMARY KEY NOT NULL,
	"customer_id" text NOT NULL,
	"address_id" text NOT NULL,
	"code_hash" "bytea",
	"asked_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"answered_at" timestamp (3) with time zone,
	CONSTRAINT "support_questions_code_hash_unique" UNIQUE("code_hash")
);
--> statement-breakpoint
ALTER TABLE "support_questions" ADD CONSTRAINT "support_questions_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "support_questions" ADD CONSTRAINT "support_questions_address_id_addresses_id_fk" FOREIGN KEY ("address_id") REFERENCES "public"."addresses"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "support_questions_open" ON "support_questions" USING btree ("address_id") WHERE "support_questions"."answered_at" is null;--> statement-breakpoint
CREATE INDEX "support_questions_customer" ON "support_questions" USING btree ("customer_id");--> statement-breakpoint
CREATE INDEX "support_questions_expires" ON "support_questions" USING btree ("expires_at");