#include "srv/sight.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/fs.h"
#include "base/limits.h"
#include "net/dial.h"

/* A look under way. */
struct look {
	const struct world *world;
	int64_t until_ms;
	struct stream *stream;
};

static struct err *wait_for(const struct look *l, struct pollfd *fds, nfds_t count, int64_t wake_ms)
{
	int64_t now = world_monotonic_ms(l->world);
	int64_t until = wake_ms < l->until_ms ? wake_ms : l->until_ms;

	if (now >= l->until_ms)
		return err_new(ERR_NETWORK, "no answer within %d s", LIMIT_SIGHT_MS / 1000);
	fds[count] = (struct pollfd){ .fd = interrupt_fd(l->world->stop), .events = POLLIN };
	if (poll(fds, count + 1, until > now ? (int)(until - now) : 0) < 0 && errno != EINTR)
		return err_errno(errno, "waiting for a server");
	return interrupt_check(l->world->stop);
}

static struct err *connect_to(struct look *l, const struct address *to)
{
	struct address_list one = { xmemdup(to, sizeof(*to)), 1 };
	AUTO(dial_free) struct dial *d = dial_new(&one);
	struct address reached;

	for (;;) {
		struct pollfd fds[DIAL_WIDTH + 1];

		TRY(dial_step(d, world_monotonic_ms(l->world), &l->stream->fd, &reached));
		if (l->stream->fd >= 0)
			return NULL;
		TRY(wait_for(l, fds, (nfds_t)dial_poll(d, fds), INT64_MAX));
	}
}

/* In TLS 1.2 the cipher suite names the key's family, in 1.3 the signature algorithms do. */
static bool restrict_to(SSL *ssl, enum family_offer offer)
{
	static const struct {
		const char *ciphers, *algorithms;
	} rows[] = {
		[OFFER_ANY] = { "ALL:@SECLEVEL=0", NULL },
		[OFFER_RSA] = { "aRSA:@SECLEVEL=0",
				"RSA-PSS+SHA256:RSA-PSS+SHA384:RSA-PSS+SHA512:RSA+SHA256:RSA+SHA384:"
				"RSA+SHA512:RSA+SHA1" },
		[OFFER_ECDSA] = { "aECDSA:@SECLEVEL=0",
				  "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:ECDSA+SHA1" },
	};

	return SSL_set_min_proto_version(ssl, TLS1_VERSION) &&
	       SSL_set_cipher_list(ssl, rows[offer].ciphers) &&
	       (rows[offer].algorithms == NULL ||
		SSL_set1_sigalgs_list(ssl, rows[offer].algorithms));
}

static struct err *shake_hands(struct look *l, const struct tls_client *tls, const char *name,
			       enum family_offer offer)
{
	SSL_SESSION *session =
		NULL; /* nothing is resumed: a certificate is only shown in a full handshake */
	bool done = false;

	TRY(tls_open(&l->stream->ssl, tls, l->stream->fd, name, &session));
	if (!restrict_to(l->stream->ssl, offer))
		return err_wrap(tls_error(NULL), "preparing to look at %s", name);
	for (;;) {
		struct pollfd fds[2];

		TRY(stream_handshake(l->stream, &done));
		if (done)
			break;
		fds[0] = (struct pollfd){ .fd = l->stream->fd, .events = l->stream->want };
		TRY(wait_for(l, fds, 1, INT64_MAX));
	}
	SSL_SESSION_free(session);
	return NULL;
}

static struct err *add_shown(struct chain *c, X509 *shown)
{
	unsigned char *der = NULL;
	int len = i2d_X509(shown, &der);
	struct cert *cert = NULL;
	struct err *e = len > 0 ? cert_from_der(&cert, der, (size_t)len)
				: err_new(ERR_CRYPTO, "a certificate that cannot be read");

	OPENSSL_free(der);
	TRY(e);
	c->certs = xrealloc(c->certs, c->count + 1, sizeof(struct cert *));
	c->certs[c->count++] = cert;
	return NULL;
}

static struct err *take_chain(struct chain **out, const SSL *ssl)
{
	AUTO(chain_free) struct chain *c = xcalloc(1, sizeof(*c));
	const STACK_OF(X509) *shown = SSL_get_peer_cert_chain(ssl);

	for (int i = 0; i < sk_X509_num(shown) && i < LIMIT_CHAIN_CERTIFICATES; i++)
		TRY(add_shown(c, sk_X509_value(shown, i)));
	if (c->count == 0)
		return err_new(ERR_PROTOCOL, "no certificate was shown");
	*out = MOVE(c);
	return NULL;
}

static struct err *look(struct look *l, struct sight *out, const struct tls_client *tls,
			const struct endpoint *at, enum family_offer offer)
{
	TRY(connect_to(l, &at->address));
	out->connected = true;
	TRY(shake_hands(l, tls, at->name, offer));
	return take_chain(&out->chain, l->stream->ssl);
}

enum family_offer offer_for(const struct cert *c)
{
	const char *family = cert_key_family(c);

	return streq(family, "RSA") ? OFFER_RSA : streq(family, "ECDSA") ? OFFER_ECDSA : OFFER_ANY;
}

struct err *sight_take(struct sight *out, const struct world *w, const struct tls_client *tls,
		       const struct endpoint *at, enum family_offer offer)
{
	struct look l = { .world = w,
			  .until_ms = world_monotonic_ms(w) + LIMIT_SIGHT_MS,
			  .stream = &out->stream };
	struct err *e;

	*out = SIGHT_INIT;
	e = look(&l, out, tls, at, offer);
	if (e != NULL && err_is(e, ERR_INTERRUPTED)) {
		sight_release(out);
		*out = SIGHT_INIT;
		return e;
	}
	out->refused = e;
	return NULL;
}

void sight_find_process(struct sight *s)
{
	struct address ours = { .len = sizeof(ours.addr) }, theirs = { .len = sizeof(theirs.addr) };
	int fd = s->stream.fd;

	if (getsockname(fd, (struct sockaddr *)&ours.addr, &ours.len) == 0 &&
	    getpeername(fd, (struct sockaddr *)&theirs.addr, &theirs.len) == 0)
		process_at_other_end(&s->process, &ours, &theirs);
}

void sight_release(struct sight *s)
{
	stream_close(&s->stream);
	chain_free(s->chain);
	err_free(s->refused);
	process_release(&s->process);
}
