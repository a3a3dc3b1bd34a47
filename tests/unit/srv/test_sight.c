#include "srv/sight.h"

#include "base/buf.h"
#include "base/limits.h"
#include "check.h"
#include "net/peer.h"

static const struct world world = { .clock = &system_clock };

static struct endpoint local(const struct peer *p, char *name)
{
	struct endpoint e = { .name = name, .address = { .len = sizeof(struct sockaddr_in) } };
	struct sockaddr_in *to = (struct sockaddr_in *)&e.address.addr;

	to->sin_family = AF_INET;
	to->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address_set_port(&e.address, peer_port(p));
	return e;
}

static struct err *look(struct sight *out, const struct peer *p)
{
	AUTO(tls_client_free) struct tls_client *tls = NULL;
	char name[] = "mail.example";
	const struct endpoint at = local(p, name);

	TRY(tls_client_new(&tls, &(struct tls_trust){ .no_verify = true }));
	return sight_take(out, &world, tls, &at, OFFER_ANY);
}

/* A mail server whose greeting has no end is left: each line that comes in time would be another one to wait for. */
static void test_greeting_without_end(void **state)
{
	AUTO(buf_release) struct buf lines = BUF_INIT(LIMIT_KIB(4));

	(void)state;
	for (int i = 0; i <= LIMIT_STARTTLS_LINES; i++)
		buf_adds(&lines, "220-x\r\n");
	const char *const first[] = { PEER_GREET, "220-x\r\n", PEER_STAY, NULL };
	const char *const second[] = { PEER_GREET, buf_str(&lines), PEER_STAY, NULL };
	const char *const *const scripts[] = { first, second };

	AUTO(peer_free) struct peer *p = peer_new(scripts, ARRAY_LEN(scripts), NULL);
	AUTO(sight_release) struct sight s = SIGHT_INIT;

	assert_done(look(&s, p));
	assert_true(s.connected);
	assert_true(err_is(s.refused, ERR_LIMIT));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_greeting_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
