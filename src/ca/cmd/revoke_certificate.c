/* revoke certificate: by the CA itself, whoever has it. */
#include "ca/cmd/cert_row.h"
#include "ca/cmd/compromised.h"
#include "ca/cmd/desk.h"
#include "ca/cmd/reason.h"
#include "ca/cmd/registry.h"

/* First all else of the key, this one last: whoever was interrupted just revokes again. */
static struct err *revoke_key(const struct command_run *r, struct desk *d, const char *serial)
{
	AUTO(desk_answer_release) struct store_answer answer = { 0 };

	store_cert_by_serial(desk_store(d), desk_asker(d), serial);
	TRY(desk_wait(d, &answer));
	return answer.outcome == STORE_DONE ? compromised(r, d, &answer.certs[0]) : NULL;
}

static struct err *revoke_one(const struct command_run *r, struct desk *d, const char *word,
			      void *ctx)
{
	const int reason = *(const int *)ctx;
	AUTO(desk_answer_release) struct store_answer answer = { 0 };
	AUTO(free) char *serial = cert_serial(word);

	if (reason == REASON_KEY_COMPROMISE)
		TRY(revoke_key(r, d, serial));
	store_cert_revoke(desk_store(d), desk_asker(d), serial, world_now(r->world), reason, true);
	TRY(desk_wait(d, &answer));
	if (answer.outcome == STORE_NOT_FOUND)
		return err_new(ERR_CONFIG, "there is no certificate %s", word);
	if (answer.outcome == STORE_EXISTED)
		return err_new(ERR_CONFIG, "certificate %s is revoked already", word);
	(void)fprintf(r->out, "certificate %s is revoked\n", serial);
	return NULL;
}

static struct err *run(const struct command_run *r)
{
	int reason = 0;

	const char *name = command_value(r, "--reason");

	if (name != NULL && !reason_read(&reason, name))
		return err_new(ERR_USAGE, "\"%s\" is no reason; see --help", name);
	return desk_each_word(r, revoke_one, &reason);
}

static const struct command_option options[] = {
	{ "--reason", "NAME",
	  "keyCompromise (blocks the key, and revokes all else of it), superseded, cessationOfOperation, privilegeWithdrawn (default: unspecified)" },
};

const struct subcommand subcommand_revoke_certificate = {
	.name = "revoke certificate",
	.summary = "Revoke certificates, as the CA; a server that runs shows it after SIGHUP",
	.words = "SERIAL...",
	.min_words = 1,
	.max_words = SIZE_MAX,
	.options = options,
	.option_count = ARRAY_LEN(options),
	.wants_config = true,
	.run = run,
};
