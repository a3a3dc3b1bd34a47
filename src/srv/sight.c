#include "srv/sight.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/fs.h"
#include "base/limits.h"
#include "net/dial.h"
#include "srv/starttls.h"

/* A look under way. */
struct look {
	const struct world *world;
	const struct tls_client *tls;
	const struct endpoint *at;
	enum family_offer offer;
	bool proxied;
	int64_t until_ms;
	struct stream *stream;
	char first[SSL3_RT_HEADER_LENGTH]; /* of what came when TLS was begun */
	size_t first_len;
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

/* --- going over to TLS --- */

static struct err *say(const struct look *l, const char *text)
{
	while (text != NULL && *text != '\0') {
		struct pollfd fds[2] = { { .fd = l->stream->fd, .events = POLLOUT } };
		size_t n = 0;

		TRY(stream_write(l->stream, text, strlen(text), &n));
		text += n;
		if (n == 0)
			TRY(wait_for(l, fds, 1, INT64_MAX));
	}
	return NULL;
}

/* Not a byte more: what follows may be TLS. */
static struct err *hear_line(const struct look *l, struct buf *line)
{
	enum stream_end end = STREAM_OPEN;
	char c = '\0';

	while (c != '\n') {
		struct pollfd fds[2] = { { .fd = l->stream->fd, .events = POLLIN } };
		size_t n = 0;

		TRY(stream_read(l->stream, &c, 1, &n, &end));
		if (n > 0 && c != '\n' && c != '\r')
			buf_addc(line, c);
		else if (n == 0 && end != STREAM_OPEN)
			return err_new(ERR_NETWORK, "the server ended the connection");
		else if (n == 0)
			TRY(wait_for(l, fds, 1, INT64_MAX));
	}
	return buf_check(line, "a line of the server");
}

static struct err *take_step(const struct look *l, const char *protocol,
			     const struct starttls_step *s)
{
	AUTO(free) char *shown = NULL;

	TRY(say(l, s->say));
	for (int lines = 0; lines < LIMIT_STARTTLS_LINES; lines++) {
		AUTO(buf_release) struct buf line = BUF_INIT(LIMIT_KIB(4));

		TRY(hear_line(l, &line));
		if (s->more != NULL && str_starts(buf_str(&line), s->more))
			continue;
		if (str_starts(buf_str(&line), s->good))
			return NULL;
		return err_new(ERR_PROTOCOL, "a server of %s that does not go over to TLS: %s",
			       protocol, shown = str_printable(buf_str(&line), 200));
	}
	return err_new(ERR_LIMIT, "a server of %s whose answer has more than %d lines", protocol,
		       LIMIT_STARTTLS_LINES);
}

static struct err *go_over(const struct look *l, const struct starttls *how)
{
	for (size_t i = 0; i < how->count; i++)
		TRY(take_step(l, how->name, &how->steps[i]));
	return NULL;
}

/* --- as who comes through a proxy --- */

/* Who expects the header ends a connection that begins with something else, and says nothing. */
static bool wants_header(const struct look *l, const struct sight *s)
{
	return !l->proxied && s->connected && l->first_len == 0 &&
	       world_monotonic_ms(l->world) < l->until_ms;
}

/* --- TLS --- */

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

static void note_first(int write, int version, int type, const void *bytes, size_t len, SSL *ssl,
		       void *look)
{
	struct look *l = look;

	(void)version;
	(void)ssl;
	if (write != 0 || type != SSL3_RT_HEADER || l->first_len != 0 || len > sizeof(l->first))
		return;
	memcpy(l->first, bytes, len);
	l->first_len = len;
}

static struct err *begin_tls(struct look *l, SSL_SESSION **session)
{
	TRY(tls_open(&l->stream->ssl, l->tls, l->stream->fd, l->at->name, session));
	/* a mail server refuses who wants to speak HTTP */
	if (SSL_set_alpn_protos(l->stream->ssl, NULL, 0) != 0 ||
	    !restrict_to(l->stream->ssl, l->offer))
		return err_wrap(tls_error(NULL), "preparing to look at %s", l->at->name);
	SSL_set_msg_callback(l->stream->ssl, note_first);
	SSL_set_msg_callback_arg(l->stream->ssl, l);
	return NULL;
}

static struct err *complete_handshake(struct look *l)
{
	bool done = false;

	for (;;) {
		struct pollfd fds[2];

		TRY(stream_handshake(l->stream, &done));
		if (done)
			return NULL;
		fds[0] = (struct pollfd){ .fd = l->stream->fd, .events = l->stream->want };
		TRY(wait_for(l, fds, 1, INT64_MAX));
	}
}

static struct err *shake_hands(struct look *l)
{
	SSL_SESSION *session =
		NULL; /* nothing is resumed: a certificate is only shown in a full handshake */

	TRY(begin_tls(l, &session));
	struct err *e = complete_handshake(l);

	SSL_set_msg_callback(l->stream->ssl, NULL);
	SSL_SESSION_free(session);
	return e;
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

static struct err *look(struct look *l, struct sight *out, const struct starttls *how)
{
	TRY(connect_to(l, &l->at->address));
	out->connected = true;
	if (l->proxied)
		TRY(say(l, PROXY_HEADER));
	if (how != NULL)
		TRY(go_over(l, how));
	TRY(shake_hands(l));
	return take_chain(&out->chain, l->stream->ssl);
}

static struct err *look_again(struct look *l, struct sight *out, const struct starttls *how)
{
	stream_close(l->stream);
	*l->stream = SIGHT_INIT.stream;
	return look(l, out, how);
}

/* What it says to the header counts only if it knows that. */
static struct err *look_as_proxy(struct look *l, struct sight *out, struct err *without)
{
	l->proxied = true;
	struct err *e = look_again(l, out, NULL);

	if (e == NULL || err_is(e, ERR_INTERRUPTED)) {
		err_free(without);
		return e;
	}
	err_free(e);
	return without;
}

/* A server that speaks first is let where its port tells; elsewhere it is known by how it takes TLS. */
static struct err *look_either_way(struct look *l, struct sight *out)
{
	const struct starttls *how = starttls_by_port(address_port(&l->at->address));
	struct err *e = look(l, out, how);

	if (e == NULL || how != NULL || err_is(e, ERR_INTERRUPTED))
		return e;
	how = starttls_by_greeting(l->first, l->first_len);
	if (how == NULL)
		return wants_header(l, out) ? look_as_proxy(l, out, e) : e;
	err_free(e);
	return look_again(l, out, how);
}

enum family_offer offer_of(const char *family)
{
	return streq(family, "RSA") ? OFFER_RSA : streq(family, "ECDSA") ? OFFER_ECDSA : OFFER_ANY;
}

enum family_offer offer_for(const struct cert *c)
{
	return offer_of(cert_key_family(c));
}

struct err *sight_take(struct sight *out, const struct world *w, const struct tls_client *tls,
		       const struct endpoint *at, enum family_offer offer)
{
	struct look l = { .world = w,
			  .tls = tls,
			  .at = at,
			  .offer = offer,
			  .proxied = at->proxied,
			  .until_ms = world_monotonic_ms(w) + LIMIT_SIGHT_MS,
			  .stream = &out->stream };
	struct err *e;

	*out = SIGHT_INIT;
	e = look_either_way(&l, out);
	if (e != NULL && err_is(e, ERR_INTERRUPTED)) {
		sight_release(out);
		*out = SIGHT_INIT;
		return e;
	}
	out->refused = e;
	return NULL;
}

struct err *sight_take_instead(struct sight *s, const struct world *w, const struct tls_client *tls,
			       const struct endpoint *at)
{
	AUTO(sight_release) struct sight any = SIGHT_INIT;

	if (s->chain != NULL || !s->connected)
		return NULL;
	TRY(sight_take(&any, w, tls, at, OFFER_ANY));
	if (any.chain == NULL)
		return NULL;
	sight_release(s);
	*s = any;
	any = SIGHT_INIT;
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
