#include "srv/starttls.h"

#include <string.h>

#include "base/mem.h"

/* RFC 3207, RFC 9051 section 6.2.1, RFC 2595 section 4 */
static const struct starttls_step smtp[] = {
	{ NULL, "220-", "220" },
	{ "EHLO localhost\r\n", "250-", "250" },
	{ "STARTTLS\r\n", "220-", "220" },
};
static const struct starttls_step imap[] = {
	{ NULL, NULL, "* OK" },
	{ "a STARTTLS\r\n", "* ", "a OK" },
};
static const struct starttls_step pop3[] = {
	{ NULL, NULL, "+OK" },
	{ "STLS\r\n", NULL, "+OK" },
};

static const struct {
	struct starttls protocol;
	unsigned ports[2];
} rows[] = {
	{ { "SMTP", smtp, ARRAY_LEN(smtp) }, { 25, 587 } },
	{ { "IMAP", imap, ARRAY_LEN(imap) }, { 143 } },
	{ { "POP3", pop3, ARRAY_LEN(pop3) }, { 110 } },
};

const struct starttls *starttls_by_port(unsigned port)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (port != 0 && (rows[i].ports[0] == port || rows[i].ports[1] == port))
			return &rows[i].protocol;
	return NULL;
}

const struct starttls *starttls_by_greeting(const char *text, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *good = rows[i].protocol.steps[0].good;

		if (len >= strlen(good) && memcmp(text, good, strlen(good)) == 0)
			return &rows[i].protocol;
	}
	return NULL;
}
