#include "dns/fake_dns.h"

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/str.h"
#include "dns/rdata.h"
#include "dns/wire.h"

struct rule {
	char *name; /* NULL: everywhere else */
	enum fake_deed deed;
	unsigned left; /* 0: for good */
};

struct visitor {
	struct bufferevent *bev;
	struct event *timer;
	struct buf rest; /* still to be dribbled */
	struct visitor *next;
};

struct fake_dns {
	struct event_base *base;
	struct address address;
	int udp, tcp;
	struct event *udp_event, *tcp_event;
	struct dns_records known;
	struct rule rules[32];
	size_t rule_count;
	fake_own *own;
	void *own_ctx;
	size_t questions, tcp_questions;
	struct dns_message last;
	struct strlist asked; /* "name TYPE" */
	struct visitor *visitors;
};

static void must(bool fine, const char *what)
{
	if (!fine) {
		perror(what);
		abort();
	}
}

/* What it knows. */

static void caa_data(struct buf *out, const char *text)
{
	AUTO(free) char *copy = xstrdup(text);
	char *tag = strchr(copy, ' ') + 1, *value = strchr(tag, ' ') + 2;
	int64_t flags = 0;

	tag[-1] = '\0';
	value[-2] = '\0';
	value[strlen(value) - 1] = '\0';
	must(str_to_int(copy, 0, 255, &flags), "CAA flags");
	dns_caa_write(out, (uint8_t)flags, tag, value);
}

static void write_data(struct buf *out, uint16_t type, const char *text)
{
	uint8_t raw[16];

	if (type == DNS_A || type == DNS_AAAA) {
		must(inet_pton(type == DNS_A ? AF_INET : AF_INET6, text, raw) == 1, text);
		buf_add(out, raw, type == DNS_A ? 4 : 16);
	} else if (type == DNS_CAA) {
		caa_data(out, text);
	} else if (type == DNS_TXT) {
		dns_txt_write(out, text, strlen(text));
	} else {
		must(dns_target_write(out, text) == NULL, text);
	}
}

void fake_dns_add(struct fake_dns *d, const char *name, uint16_t type, const char *text)
{
	AUTO(buf_release) struct buf data = BUF_INIT(LIMIT_DNS_DATA);

	write_data(&data, type, text);
	dns_records_add(&d->known, name, type, 300, &data);
}

static void add_copy(struct dns_records *l, const struct dns_record *r)
{
	AUTO(buf_release) struct buf data = BUF_INIT(LIMIT_DNS_DATA);

	buf_add(&data, r->data, r->len);
	dns_records_add(l, r->name, r->type, r->ttl, &data);
}

static void add_known(const struct fake_dns *d, struct dns_message *reply)
{
	bool exists = false;

	for (size_t i = 0; i < d->known.count; i++) {
		const struct dns_record *r = &d->known.items[i];

		if (!streq_nocase(r->name, reply->question))
			continue;
		exists = true;
		if (r->type == reply->qtype || r->type == DNS_CNAME)
			add_copy(&reply->answer, r);
	}
	reply->rcode = exists ? DNS_NOERROR : DNS_NXDOMAIN;
}

/* What it does. */

void fake_dns_behave(struct fake_dns *d, const char *name, enum fake_deed deed, unsigned times)
{
	must(d->rule_count < ARRAY_LEN(d->rules), "too many rules");
	d->rules[d->rule_count++] = (struct rule){ name != NULL ? xstrdup(name) : NULL, deed,
						   times };
}

void fake_dns_own(struct fake_dns *d, fake_own *own, void *ctx)
{
	d->own = own;
	d->own_ctx = ctx;
	fake_dns_behave(d, NULL, FAKE_OWN_DEED, 0);
}

static enum fake_deed use(struct rule *r)
{
	if (r->left == 1)
		r->left = UINT32_MAX; /* used up */
	else if (r->left > 0)
		r->left--;
	return r->deed;
}

static enum fake_deed deed_at(struct fake_dns *d, const char *name)
{
	for (int general = 0; general < 2; general++)
		for (size_t i = 0; i < d->rule_count; i++) {
			struct rule *r = &d->rules[i];

			if (r->left != UINT32_MAX && (r->name == NULL) == (general == 1) &&
			    (general == 1 || streq_nocase(r->name, name)))
				return use(r);
		}
	return FAKE_ANSWERS;
}

static void empty_answer(struct dns_message *m, unsigned rcode)
{
	dns_records_release(&m->answer);
	m->rcode = rcode;
}

static void drop_question(struct dns_message *m)
{
	free(m->question);
	m->question = NULL;
}

/* What goes out, whole messages one behind the other. */
struct mail {
	struct buf letters[12];
	size_t count;
};

static void post(struct mail *out, const struct dns_message *m)
{
	struct buf *b = &out->letters[out->count++];

	*b = BUF_INIT(LIMIT_DNS_MESSAGE);
	must(dns_message_render(b, m) == NULL, "rendering");
}

static void post_bytes(struct mail *out, const void *data, size_t len)
{
	struct buf *b = &out->letters[out->count++];

	*b = BUF_INIT(LIMIT_DNS_MESSAGE);
	buf_add(b, data, len);
}

static void post_forged(struct mail *out, struct dns_message *m, size_t count)
{
	for (size_t i = 1; i <= count; i++) {
		m->id = (uint16_t)(m->id + 1);
		post(out, m);
	}
	m->id = (uint16_t)(m->id - count);
}

static void post_garbage(struct mail *out, const struct dns_message *m)
{
	const uint8_t noise[] = { (uint8_t)(m->id >> 8), (uint8_t)m->id, 0x81, 0x80, 0xff, 0xff };

	post_bytes(out, noise, sizeof(noise));
}

/* A reply before it goes out; true: as it is now. */
struct reply {
	struct fake_dns *dns;
	struct mail *out;
	struct dns_message *message;
	bool tcp;
};

static bool answers(struct reply *r)
{
	(void)r;
	return true;
}

static bool keeps_silent(struct reply *r)
{
	(void)r;
	return false;
}

static bool fails(struct reply *r)
{
	empty_answer(r->message, DNS_SERVFAIL);
	return true;
}

static bool denies(struct reply *r)
{
	empty_answer(r->message, DNS_NXDOMAIN);
	return true;
}

static bool refuses(struct reply *r)
{
	empty_answer(r->message, DNS_REFUSED);
	drop_question(r->message);
	return true;
}

static bool knows_no_edns(struct reply *r)
{
	r->message->edns = false;
	if (!r->dns->last.edns)
		return true;
	empty_answer(r->message, DNS_FORMERR);
	drop_question(r->message);
	return true;
}

static bool truncates_udp(struct reply *r)
{
	r->message->truncated = !r->tcp;
	return true;
}

static bool truncates(struct reply *r)
{
	r->message->truncated = true;
	return true;
}

static bool takes_another_id(struct reply *r)
{
	r->message->id ^= 1;
	return true;
}

static bool forges_one(struct reply *r)
{
	post_forged(r->out, r->message, 1);
	return true;
}

static bool forges_many(struct reply *r)
{
	if (!r->tcp)
		post_forged(r->out, r->message, 10);
	return r->tcp;
}

static bool tells_of_another_name(struct reply *r)
{
	drop_question(r->message);
	r->message->question = xstrdup("other.example");
	return true;
}

static bool tells_of_another_type(struct reply *r)
{
	r->message->qtype = DNS_MX;
	return true;
}

static bool lowers_letters(struct reply *r)
{
	str_lower(r->message->question);
	return true;
}

static bool echoes(struct reply *r)
{
	r->message->response = false;
	return true;
}

static bool talks_garbage(struct reply *r)
{
	post_garbage(r->out, r->message);
	return false;
}

static bool says_nothing(struct reply *r)
{
	post_bytes(r->out, "", 0);
	return false;
}

static bool fails_and_says_why(struct reply *r)
{
	empty_answer(r->message, DNS_SERVFAIL);
	r->message->ede_code = 6;
	r->message->ede_text = xstrdup("signature expired");
	return true;
}

static bool does_as_told(struct reply *r)
{
	return r->dns->own(r->dns->own_ctx, r->message, r->tcp);
}

static bool (*const deeds[])(struct reply *r) = {
	[FAKE_ANSWERS] = answers,
	[FAKE_SILENT] = keeps_silent,
	[FAKE_SERVFAIL] = fails,
	[FAKE_NXDOMAIN] = denies,
	[FAKE_REFUSED_BARE] = refuses,
	[FAKE_NO_EDNS] = knows_no_edns,
	[FAKE_TRUNCATED] = truncates_udp,
	[FAKE_CLOSES_TCP] = truncates_udp,
	[FAKE_DRIBBLES_TCP] = truncates_udp,
	[FAKE_TRUNCATED_TCP] = truncates,
	[FAKE_WRONG_ID] = takes_another_id,
	[FAKE_WRONG_ID_FIRST] = forges_one,
	[FAKE_FORGES_BY_UDP] = forges_many,
	[FAKE_WRONG_NAME] = tells_of_another_name,
	[FAKE_WRONG_TYPE] = tells_of_another_type,
	[FAKE_WRONG_CASE] = lowers_letters,
	[FAKE_ECHOES] = echoes,
	[FAKE_GARBAGE] = talks_garbage,
	[FAKE_EMPTY] = says_nothing,
	[FAKE_EDE] = fails_and_says_why,
	[FAKE_OWN_DEED] = does_as_told,
};

static void answer(struct fake_dns *d, struct mail *out, const void *data, size_t len, bool tcp)
{
	AUTO(dns_message_release) struct dns_message reply = { 0 };
	char type[16];

	dns_message_release(&d->last);
	must(dns_message_parse(&d->last, data, len) == NULL, "parsing a question");
	d->questions++;
	d->tcp_questions += tcp;
	AUTO(free) char *name = xstrdup(d->last.question);

	str_lower(name);
	strlist_take(&d->asked, str_fmt("%s %s", name, dns_type_text(d->last.qtype, type)));
	reply = (struct dns_message){ .id = d->last.id,
				      .response = true,
				      .recursion_desired = true,
				      .recursion_available = true,
				      .question = xstrdup(d->last.question),
				      .qtype = d->last.qtype,
				      .qclass = DNS_IN,
				      .edns = d->last.edns,
				      .udp_size = 1232,
				      .ede_code = DNS_NO_EDE };
	add_known(d, &reply);
	if (deeds[deed_at(d, d->last.question)](&(struct reply){ d, out, &reply, tcp }))
		post(out, &reply);
}

/* How it is heard. */

static bool serve_one(struct fake_dns *d)
{
	struct sockaddr_storage from;
	socklen_t from_len = sizeof(from);
	struct mail out = { 0 };
	uint8_t data[4096];
	ssize_t len = recvfrom(d->udp, data, sizeof(data), 0, (struct sockaddr *)&from, &from_len);

	if (len < 0)
		return false;
	answer(d, &out, data, (size_t)len, false);
	for (size_t i = 0; i < out.count; i++) {
		(void)!sendto(d->udp, buf_str(&out.letters[i]), out.letters[i].len, 0,
			      (struct sockaddr *)&from, from_len);
		buf_release(&out.letters[i]);
	}
	return true;
}

static void datagrams(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	while (serve_one(arg))
		;
}

static void dribble(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval soon = { 0, 100 };
	struct visitor *v = arg;

	(void)fd;
	(void)what;
	if (v->rest.len == 0)
		return;
	bufferevent_write(v->bev, v->rest.data, 1);
	buf_consume(&v->rest, 1);
	evtimer_add(v->timer, &soon);
}

static void send_framed(struct visitor *v, const struct buf *letter, enum fake_deed deed)
{
	AUTO(buf_release) struct buf framed = BUF_INIT(LIMIT_DNS_MESSAGE + 2);

	wire_put_u16(&framed, (uint16_t)letter->len);
	buf_add(&framed, letter->data, letter->len);
	if (deed == FAKE_CLOSES_TCP) {
		(void)!send(bufferevent_getfd(v->bev), framed.data, framed.len / 2, MSG_NOSIGNAL);
		shutdown(bufferevent_getfd(v->bev), SHUT_WR);
	} else if (deed == FAKE_DRIBBLES_TCP) {
		v->rest = BUF_INIT(LIMIT_DNS_MESSAGE + 2);
		buf_add(&v->rest, framed.data, framed.len);
		dribble(-1, 0, v);
	} else {
		bufferevent_write(v->bev, framed.data, framed.len);
	}
}

static enum fake_deed tcp_deed(const struct fake_dns *d)
{
	for (size_t i = 0; i < d->rule_count; i++)
		if (d->rules[i].deed == FAKE_CLOSES_TCP || d->rules[i].deed == FAKE_DRIBBLES_TCP)
			return d->rules[i].deed;
	return FAKE_ANSWERS;
}

static void question_came(struct bufferevent *bev, void *arg)
{
	struct fake_dns *d = arg;
	struct evbuffer *in = bufferevent_get_input(bev);
	size_t len = evbuffer_get_length(in);
	const uint8_t *data = evbuffer_pullup(in, -1);
	struct visitor *v = d->visitors;
	struct mail out = { 0 };

	while (v->bev != bev)
		v = v->next;
	if (len < 2 || len < 2u + (unsigned)(data[0] << 8 | data[1]))
		return;
	answer(d, &out, data + 2, len - 2, true);
	evbuffer_drain(in, len);
	for (size_t i = 0; i < out.count; i++) {
		send_framed(v, &out.letters[i], tcp_deed(d));
		buf_release(&out.letters[i]);
	}
}

static void caller_came(evutil_socket_t fd, short what, void *arg)
{
	struct fake_dns *d = arg;
	struct visitor *v = xcalloc(1, sizeof(*v));
	int conn = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)what;
	must(conn >= 0, "accept");
	v->bev = bufferevent_socket_new(d->base, conn, BEV_OPT_CLOSE_ON_FREE);
	v->timer = evtimer_new(d->base, dribble, v);
	v->next = d->visitors;
	d->visitors = v;
	bufferevent_setcb(v->bev, question_came, NULL, NULL, d);
	bufferevent_enable(v->bev, EV_READ | EV_WRITE);
}

static int bound(int type, unsigned port, struct address *out)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(at);

	must(fd >= 0, "socket");
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0) {
		close(fd);
		return -1;
	}
	must(getsockname(fd, (struct sockaddr *)&at, &len) == 0, "getsockname");
	*out = (struct address){ .len = sizeof(at) };
	memcpy(&out->addr, &at, sizeof(at));
	return fd;
}

static unsigned port_of(const struct address *a)
{
	return ntohs(((const struct sockaddr_in *)&a->addr)->sin_port);
}

struct fake_dns *fake_dns_new(struct event_base *base)
{
	struct fake_dns *d = xcalloc(1, sizeof(*d));

	d->base = base;
	for (d->udp = -1; d->udp < 0;) {
		d->tcp = bound(SOCK_STREAM, 0, &d->address);
		must(d->tcp >= 0 && listen(d->tcp, 64) == 0, "listen");
		d->udp = bound(SOCK_DGRAM, port_of(&d->address), &d->address);
		if (d->udp < 0)
			close(d->tcp);
	}
	/* so that a burst of thousands is not lost; where that is not allowed, it is asked again */
	(void)setsockopt(d->udp, SOL_SOCKET, SO_RCVBUFFORCE, &(int){ 8 << 20 }, sizeof(int));
	d->udp_event = event_new(base, d->udp, EV_READ | EV_PERSIST, datagrams, d);
	d->tcp_event = event_new(base, d->tcp, EV_READ | EV_PERSIST, caller_came, d);
	event_add(d->udp_event, NULL);
	event_add(d->tcp_event, NULL);
	return d;
}

static void visitor_free(struct visitor *v)
{
	bufferevent_free(v->bev);
	event_free(v->timer);
	buf_release(&v->rest);
	free(v);
}

void fake_dns_free(struct fake_dns *d)
{
	if (d == NULL)
		return;
	for (struct visitor *v = d->visitors, *next; v != NULL; v = next) {
		next = v->next;
		visitor_free(v);
	}
	event_free(d->udp_event);
	event_free(d->tcp_event);
	close(d->udp);
	close(d->tcp);
	for (size_t i = 0; i < d->rule_count; i++)
		free(d->rules[i].name);
	dns_records_release(&d->known);
	dns_message_release(&d->last);
	strlist_release(&d->asked);
	free(d);
}

const struct address *fake_dns_address(const struct fake_dns *d)
{
	return &d->address;
}

size_t fake_dns_questions(const struct fake_dns *d)
{
	return d->questions;
}

size_t fake_dns_tcp_questions(const struct fake_dns *d)
{
	return d->tcp_questions;
}

const struct dns_message *fake_dns_last(const struct fake_dns *d)
{
	return &d->last;
}

bool fake_dns_was_asked(const struct fake_dns *d, const char *name, uint16_t type)
{
	char buffer[16];
	AUTO(free) char *wanted = str_fmt("%s %s", name, dns_type_text(type, buffer));

	return strlist_has(&d->asked, wanted);
}
