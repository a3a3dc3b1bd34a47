/* http-01 against servers that answer, redirect, stall and lie (ca.md 1). */
#include "va/scene.h"

#include <dirent.h>

#include "base/limits.h"

#define OK "HTTP/1.1 200 OK\r\n"
#define LEADS "HTTP/1.1 301 Moved\r\nLocation: "
#define H128                                                               \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static int setup(void **state)
{
	struct scene *s = scene_new();

	fake_dns_add(s->dns, "a.example.com", DNS_A, "127.0.0.1");
	fake_dns_add(s->dns, "b.example.com", DNS_A, "127.0.0.1");
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	scene_free(*state);
	return 0;
}

/* --- one answer --- */

static const struct {
	const char *what, *text;
	enum web_deed deed;
	const char *type, *part; /* type NULL: valid */
} answers[] = {
	{ "until close", OK "\r\n" SCENE_BODY, WEB_ANSWERS, NULL, NULL },
	{ "by length", OK "Content-Length: 87\r\n\r\n" SCENE_BODY "and more", WEB_STAYS, NULL,
	  NULL },
	{ "by chunks",
	  OK "Transfer-Encoding: chunked\r\n\r\n2b\r\n" SCENE_TOKEN "\r\n2c\r\n." SCENE_THUMBPRINT
	     "\r\n0\r\n\r\n",
	  WEB_STAYS, NULL, NULL },
	{ "white space behind", OK "\r\n" SCENE_BODY "\r\n \t\n", WEB_ANSWERS, NULL, NULL },
	{ "Unicode white space behind", OK "\r\n" SCENE_BODY "\xe2\x80\x83\xc2\x85", WEB_ANSWERS,
	  NULL, NULL },
	{ "a byte at a time", OK "X: y\r\n\r\n" SCENE_BODY, WEB_DRIBBLES, NULL, NULL },
	{ "HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\n" SCENE_BODY, WEB_ANSWERS, NULL, NULL },
	{ "LF alone", "HTTP/1.0 200 OK\n\n" SCENE_BODY "\n", WEB_ANSWERS, NULL, NULL },
	{ "chunks and a length",
	  OK "Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n57\r\n" SCENE_BODY
	     "\r\n0\r\n\r\n",
	  WEB_STAYS, NULL, NULL },
	{ "its length twice", OK "Content-Length: 87\r\nContent-Length: 87\r\n\r\n" SCENE_BODY,
	  WEB_STAYS, NULL, NULL },
	{ "two lengths", OK "Content-Length: 87\r\nContent-Length: 88\r\n\r\n" SCENE_BODY,
	  WEB_STAYS, "connection", "more than one Content-Length" },
	{ "interim answers",
	  "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n" OK "\r\n" SCENE_BODY,
	  WEB_ANSWERS, NULL, NULL },
	{ "another type", OK "Content-Type: text/html\r\n\r\n" SCENE_BODY, WEB_ANSWERS, NULL,
	  NULL },
	{ "white space before", OK "\r\n " SCENE_BODY, WEB_ANSWERS, "unauthorized", "has \" eva" },
	{ "another account's", OK "\r\n" SCENE_TOKEN ".other", WEB_ANSWERS, "unauthorized",
	  "is \"" SCENE_BODY "\", but http://a.example.com" SCENE_PATH " has \"" SCENE_TOKEN
	  ".other\"" },
	{ "empty", OK "\r\n", WEB_ANSWERS, "unauthorized", "has \"\"" },
	{ "half of it", OK "Content-Length: 87\r\n\r\n" SCENE_TOKEN, WEB_ANSWERS, "unauthorized",
	  "Error reading HTTP response body" },
	{ "half of it, then silence", OK "Content-Length: 87\r\n\r\n" SCENE_TOKEN, WEB_STAYS,
	  "unauthorized", "Error reading HTTP response body" },
	{ "half of it, then reset", OK "Content-Length: 87\r\n\r\n" SCENE_TOKEN, WEB_RESETS,
	  "unauthorized", "Error reading HTTP response body" },
	{ "bad chunks", OK "Transfer-Encoding: chunked\r\n\r\nzz\r\n", WEB_STAYS, "unauthorized",
	  "Error reading HTTP response body" },
	{ "127 bytes", OK "Content-Length: 127\r\n\r\n" H128, WEB_STAYS, "unauthorized",
	  "has \"0123456789abcdef" },
	{ "128 bytes", OK "Content-Length: 128\r\n\r\n" H128, WEB_STAYS, "unauthorized",
	  "Invalid response from http://a.example.com" SCENE_PATH ": \"" H128 "\"" },
	{ "a right start, then more", OK "\r\n" SCENE_BODY "\n" H128, WEB_STAYS, "unauthorized",
	  "Invalid response" },
	{ "an endless body", OK "\r\n", WEB_ENDLESS, "unauthorized", "Invalid response" },
	{ "a length of 9 EB", OK "Content-Length: 9000000000000000000\r\n\r\n" H128, WEB_STAYS,
	  "unauthorized", "Invalid response" },
	{ "no UTF-8", OK "\r\n\xff\xfe%s%n", WEB_ANSWERS, "unauthorized",
	  "has \"\\xff\\xfe%s%n\"" },
	{ "404", "HTTP/1.1 404 Not Found\r\n\r\n", WEB_STAYS, "unauthorized",
	  "127.0.0.1: Invalid response from http://a.example.com" SCENE_PATH ": 404" },
	{ "201", "HTTP/1.1 201 Created\r\n\r\n" SCENE_BODY, WEB_ANSWERS, "unauthorized", ": 201" },
	{ "206", "HTTP/1.1 206 Partial\r\n\r\n" SCENE_BODY, WEB_ANSWERS, "unauthorized", ": 206" },
	{ "204", "HTTP/1.1 204 None\r\n\r\n", WEB_STAYS, "unauthorized", ": 204" },
	{ "301 to nowhere", "HTTP/1.1 301 Moved\r\n\r\n", WEB_STAYS, "unauthorized", ": 301" },
	{ "300", "HTTP/1.1 300 Choose\r\nLocation: /x\r\n\r\n", WEB_STAYS, "unauthorized",
	  ": 300" },
	{ "304", "HTTP/1.1 304 As Before\r\nLocation: /x\r\n\r\n", WEB_STAYS, "unauthorized",
	  ": 304" },
	{ "nothing", "", WEB_ANSWERS, "connection", "the server closed the connection" },
	{ "silence", "", WEB_STAYS, "connection", "Timeout after connect" },
	{ "reset", "", WEB_RESETS, "connection", "Connection reset by peer" },
	{ "reset in the headers", OK, WEB_RESETS, "connection", "Connection reset by peer" },
	{ "half an answer", OK "X:", WEB_ANSWERS, "connection", "Error getting validation data" },
	{ "garbage", "SSH-2.0-x\r\n", WEB_STAYS, "connection",
	  "Error getting validation data: the server does not speak HTTP" },
	{ "broken headers", OK "no colon\r\n\r\n", WEB_STAYS, "connection",
	  "Error getting validation data" },
	{ "endless headers", OK "X: ", WEB_ENDLESS, "connection", "Error getting validation data" },
	{ "endless status", "HTTP/1.1 200 ", WEB_ENDLESS, "connection",
	  "Error getting validation data" },
};

/* How many connections there were. */
static size_t judge_answer(struct scene *s, const char *text, enum web_deed deed, int timeout_ms)
{
	AUTO(fake_web_free)
	struct fake_web *web = fake_web_new(s->base, "127.0.0.1", 0, NULL);

	va_free(s->va);
	s->va = NULL;
	s->options.http_port = fake_web_port(web);
	s->options.timeout_ms = timeout_ms;
	fake_web_add(web, (struct web_row){ .text = text, .deed = deed });
	scene_judge(s, "http-01", "a.example.com");
	return fake_web_connections(web);
}

static void an_answer_is_judged(void **state)
{
	struct scene *s = *state;

	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		int ms = strstr(answers[i].what, "silence") ? SCENE_SHORT_MS : 0;
		size_t connections;

		do
			connections = judge_answer(s, answers[i].text, answers[i].deed, ms);
		while (scene_needs_longer(s, &ms, answers[i].type, answers[i].part));
		if ((s->problem == NULL) != (answers[i].type == NULL))
			fail_msg("%s: %s", answers[i].what,
				 s->problem != NULL ? s->problem->detail : "valid");
		if (answers[i].type != NULL)
			scene_expect(s, answers[i].type, answers[i].part);
		assert_int_equal(connections, 1);
		assert_int_equal(s->record->hop_count, 1);
	}
}

static void other_protocols_are_named(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		const char *part;
	} greetings[] = {
		{ "\0\0\x12\4\0\0\0\0\0\0\1", 11, "Server is speaking HTTP/2 over HTTP" },
		{ "\0\0\x12\4\0\0\0\0\1", 9, "the server does not speak HTTP" },
		{ "\0\0\x12\4\0\0\0", 7, "Timeout after connect" },
		{ "220 mail.example.com ESMTP\r\n", 28, "the server does not speak HTTP" },
		{ "\x15\3\1\0\2\2\x46", 7, "the server does not speak HTTP" },
	};
	struct scene *s = *state;

	for (size_t i = 0; i < ARRAY_LEN(greetings); i++) {
		int ms = str_starts(greetings[i].part, "Timeout") ? SCENE_SHORT_MS : 0;

		do {
			va_free(s->va);
			s->va = NULL;
			s->options.timeout_ms = ms;
			fake_web_greet(s->web, greetings[i].text, greetings[i].len, WEB_STAYS);
			scene_judge(s, "http-01", "a.example.com");
		} while (scene_needs_longer(s, &ms, "connection", greetings[i].part));
		scene_expect(s, "connection", greetings[i].part);
	}
}

static void the_request_is_as_promised(void **state)
{
	struct scene *s = *state;

	fake_web_add(s->web, (struct web_row){ .text = SCENE_OK });
	scene_judge(s, "http-01", "a.example.com");
	scene_expect_valid(s);
	assert_string_equal(fake_web_requests(s->web)->items[0],
			    "GET " SCENE_PATH " HTTP/1.1\r\nHost: a.example.com\r\n"
			    "User-Agent: " VA_USER_AGENT
			    "\r\nAccept: */*\r\nAccept-Encoding: gzip\r\n"
			    "Connection: close\r\n\r\n");
	const struct va_hop *h = &s->record->hops[0];

	assert_string_equal(h->url, "http://a.example.com" SCENE_PATH);
	assert_string_equal(h->address_used, "127.0.0.1");
	assert_int_equal(h->status, 200);
	assert_true(h->at_ms >= 0 && h->connected_ms >= h->at_ms &&
		    h->answered_ms >= h->connected_ms);
	assert_int_equal(s->record->answer_count, 2);
}

static void addresses_are_identifiers(void **state)
{
	struct scene *s = *state;
	struct fake_web *v6 = fake_web_new(s->base, "::1", fake_web_port(s->web), NULL);

	fake_web_add(s->web, (struct web_row){ .host = "127.0.0.1", .text = SCENE_OK });
	scene_judge(s, "http-01", "127.0.0.1");
	scene_expect_valid(s);
	if (v6 != NULL) { /* a machine may have no IPv6 */
		fake_web_add(v6, (struct web_row){ .host = "[::1]", .text = SCENE_OK });
		scene_judge(s, "http-01", "::1");
		scene_expect_valid(s);
	}
	scene_judge(s, "http-01", "10.0.0.1");
	scene_expect(s, "malformed", "reserved address block: [RFC1918]");
	scene_judge(s, "http-01", "::ffff:127.0.0.1");
	scene_expect(s, "malformed", "IPv4-mapped");
	assert_int_equal(fake_dns_questions(s->dns), 0);
	fake_web_free(v6);
}

static void what_the_request_gets_wrong_is_a_verdict(void **state)
{
	static const struct {
		const char *challenge, *name, *part;
	} rows[] = {
		{ "http-09", "a.example.com", "\"http-09\" is not known" },
		{ "http", "a.example.com", "\"http\" is not known" },
		{ "tls-sni-01", "a.example.com", "switched off" },
		{ "dns-01", "127.0.0.1", "cannot prove the IP address" },
		{ "http-01", "a.example.com\r\nX: y", "is no domain name" },
		{ "http-01", "a.example.com/..", "is no domain name" },
		{ "http-01", "A.example.com", "is no domain name" },
		{ "http-01", "", "is no domain name" },
	};
	struct scene *s = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		scene_judge(s, rows[i].challenge, rows[i].name);
		scene_expect(s, "malformed", rows[i].part);
	}
	assert_int_equal(fake_dns_questions(s->dns), 0);
}

/* --- redirects --- */

static void to(struct scene *s, const char *path, const char *text)
{
	fake_web_add(s->web, (struct web_row){ .path = path, .text = text });
}

static void every_code_but_303_is_followed(void **state)
{
	static const char *const codes[] = {
		"HTTP/1.1 301 Moved\r\nLocation: /elsewhere?q=1#f\r\nContent-Length: 100000\r\n\r\n",
		"HTTP/1.1 302 Found\r\nLocation: http://b.example.com/elsewhere?q=1\r\n\r\n",
		"HTTP/1.1 307 Other\r\nLocation: //b.example.com/elsewhere?q=1\r\n\r\n",
		"HTTP/1.1 308 Other\r\nlocation: HTTP://B.EXAMPLE.COM:80/elsewhere?q=1\r\n\r\n",
	};
	struct scene *s = *state;

	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		fake_web_add(s->web, (struct web_row){ .path = "/.well-known/",
						       .text = codes[i],
						       .deed = WEB_ONCE });
	to(s, "/.well-known/", "HTTP/1.1 303 See Other\r\nLocation: /elsewhere?q=1\r\n\r\n");
	to(s, "/elsewhere?q=1 ", SCENE_OK);
	for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
		scene_judge(s, "http-01", "a.example.com");
		scene_expect_valid(s);
		assert_int_equal(s->record->hop_count, 2);
	}
	scene_judge(s, "http-01", "a.example.com");
	scene_expect(s, "connection", "received disallowed redirect status code 303");
	assert_non_null(strstr(fake_web_requests(s->web)->items[1],
			       "Referer: http://a.example.com" SCENE_PATH "\r\n"));
}

static void loops_and_long_chains_end(void **state)
{
	struct scene *s = *state;

	to(s, SCENE_PATH, "HTTP/1.1 301 Moved\r\nLocation: /0\r\n\r\n");
	to(s, "/0", "HTTP/1.1 301 Moved\r\nLocation: /b\r\n\r\n");
	to(s, "/b", "HTTP/1.1 301 Moved\r\nLocation: /0\r\n\r\n");
	scene_judge(s, "http-01", "a.example.com");
	scene_expect(s, "connection", "Redirect loop detected");
	assert_int_equal(s->record->hop_count, 3);
}

/* Boulder means 10 and follows 11 (ca.md 1.4). */
static void eleven_redirects_are_followed(void **state)
{
	struct scene *s = *state;
	char *texts[12];
	char *paths[12];

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		paths[i] = i == 0 ? xstrdup(SCENE_PATH) : str_fmt("/%zu ", i);
		texts[i] = str_fmt("HTTP/1.1 301 Moved\r\nLocation: /%zu\r\n\r\n", i + 1);
		to(s, paths[i], texts[i]);
	}
	to(s, "/12 ", SCENE_OK);
	scene_judge(s, "http-01", "a.example.com");
	scene_expect(s, "connection", "Too many redirects");
	assert_int_equal(s->record->hop_count, 12);
	fake_web_free(s->web);
	s->web = fake_web_new(s->base, "127.0.0.1", s->options.http_port, NULL);
	for (size_t i = 0; i < 11; i++)
		to(s, paths[i], texts[i]);
	to(s, "/11 ", SCENE_OK);
	scene_judge(s, "http-01", "a.example.com");
	scene_expect_valid(s);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		free(texts[i]);
		free(paths[i]);
	}
}

static void certificates_of_redirects_do_not_matter(void **state)
{
	struct scene *s = *state;
	SSL_CTX *tls = fake_web_tls();
	struct fake_web *web = fake_web_new(s->base, "127.0.0.1", 0, tls);

	s->options.https_port = fake_web_port(web);
	to(s, NULL, "HTTP/1.1 301 Moved\r\nLocation: https://b.example.com:443/x\r\n\r\n");
	fake_web_add(
		web,
		(struct web_row){
			.path = "/x",
			.text = "HTTP/1.1 302 Moved\r\nLocation: http://a.example.com/y\r\n\r\n" });
	fake_web_add(s->web, (struct web_row){ .path = "/y", .text = SCENE_OK });
	fake_web_add(web, (struct web_row){ .path = "/z", .text = SCENE_OK });
	scene_judge(s, "http-01", "a.example.com");
	scene_expect(s, "connection", "Redirect loop detected");
	const struct va_hop *h = &s->record->hops[1];

	assert_string_equal(h->tls.sni, "b.example.com");
	assert_string_equal(h->tls.version, "TLSv1.3");
	assert_string_equal(h->tls.names.items[0], "some.other.example");
	assert_true(h->handshake_ms >= h->connected_ms);
	assert_int_equal(h->port, fake_web_port(web));
	/* from https to http nothing is told of where we come from (RFC 9110 §10.1.3) */
	assert_null(strstr(fake_web_requests(s->web)->items[1], "Referer"));
	fake_web_free(web);
	SSL_CTX_free(tls);
}

/* Where the https of a redirect does not speak TLS as it should. */
static void https_that_is_none_is_named(void **state)
{
	struct scene *s = *state;
	SSL_CTX *old = fake_web_tls();

	(void)SSL_CTX_set_cipher_list(old, "DEFAULT:@SECLEVEL=0");
	(void)SSL_CTX_set_min_proto_version(old, TLS1_VERSION);
	(void)SSL_CTX_set_max_proto_version(old, TLS1_1_VERSION);
	struct fake_web *plain = fake_web_new(s->base, "127.0.0.2", 0, NULL);
	struct fake_web *garbage = fake_web_new(s->base, "127.0.0.3", fake_web_port(plain), NULL);
	struct fake_web *ancient = fake_web_new(s->base, "127.0.0.4", fake_web_port(plain), old);

	s->options.https_port = fake_web_port(plain);
	fake_web_greet(plain, "HTTP/1.1 400 Bad Request\r\n\r\n", 0, WEB_STAYS);
	fake_web_greet(garbage, "what is this?", 0, WEB_STAYS);
	fake_web_add(s->web, (struct web_row){ .text = LEADS "https://127.0.0.2/\r\n\r\n",
					       .deed = WEB_ONCE });
	fake_web_add(s->web, (struct web_row){ .text = LEADS "https://127.0.0.3/\r\n\r\n",
					       .deed = WEB_ONCE });
	fake_web_add(s->web, (struct web_row){ .text = LEADS "https://127.0.0.4/\r\n\r\n",
					       .deed = WEB_ONCE });
	fake_web_add(s->web, (struct web_row){ .text = LEADS "https://127.0.0.5/\r\n\r\n",
					       .deed = WEB_ONCE });
	scene_judge(s, "http-01", "a.example.com");
	scene_expect(s, "malformed",
		     "127.0.0.2: Fetching https://127.0.0.2/: Server only speaks HTTP, not TLS");
	scene_judge(s, "http-01", "a.example.com");
	scene_expect(s, "connection",
		     "127.0.0.3: Fetching https://127.0.0.3/: Error getting validation data");
	scene_judge(s, "http-01", "a.example.com");
	scene_expect(s, "tls", "protocol version");
	scene_judge(s, "http-01", "a.example.com");
	scene_expect(s, "connection", "Connection refused");
	fake_web_free(plain);
	fake_web_free(garbage);
	fake_web_free(ancient);
	SSL_CTX_free(old);
}

static void bodies_of_other_hosts_are_not_told(void **state)
{
	struct scene *s = *state;

	to(s, SCENE_PATH, "HTTP/1.1 301 Moved\r\nLocation: http://b.example.com/secret\r\n\r\n");
	fake_web_add(s->web, (struct web_row){ .path = "/secret",
					       .text = OK "\r\nthe secret",
					       .deed = WEB_ONCE });
	fake_web_add(s->web, (struct web_row){ .path = "/secret",
					       .text = OK "\r\nthe secret" H128,
					       .deed = WEB_ONCE });
	to(s, "/secret", OK "\r\nthe secret");
	for (size_t i = 0; i < 2; i++) {
		scene_judge(s, "http-01", "a.example.com");
		scene_expect(s, "unauthorized", "http://b.example.com/secret");
		assert_null(strstr(s->problem->detail, "the secret"));
		AUTO(json_release) json_t *all = va_record_render(s->record);
		AUTO(free) char *text = json_compact(all);

		assert_null(strstr(text, "the secret"));
	}
	va_free(s->va);
	s->va = NULL;
	s->options.verbose = true;
	scene_judge(s, "http-01", "a.example.com");
	scene_expect(s, "unauthorized", "the secret");
}

static void a_redirect_leads_nowhere_inside(void **state)
{
	struct scene *s = *state;

	fake_dns_add(s->dns, "in.example.com", DNS_A, "10.1.2.3");
	fake_dns_add(s->dns, "in.example.com", DNS_AAAA, "64:ff9b::a01:203");
	to(s, SCENE_PATH, "HTTP/1.1 301 Moved\r\nLocation: http://in.example.com/\r\n\r\n");
	scene_judge(s, "http-01", "a.example.com");
	scene_expect(s, "dns", "in.example.com");
	assert_int_equal(s->record->hop_count, 1);
}

/* --- addresses --- */

/* The second of a name's addresses, on the same port. */
static struct fake_web *second_web(const struct scene *s, const char *address)
{
	return fake_web_new(s->base, address, s->options.http_port, NULL);
}

static void ipv4_follows_where_ipv6_does_not_connect(void **state)
{
	struct scene *s = *state;

	fake_dns_add(s->dns, "a.example.com", DNS_AAAA, "::1"); /* nobody listens there */
	fake_web_add(s->web, (struct web_row){ .text = SCENE_OK });
	scene_judge(s, "http-01", "a.example.com");
	scene_expect_valid(s);
	assert_int_equal(s->record->hop_count, 2);
	assert_string_equal(s->record->hops[0].address_used, "::1");
	assert_non_null(s->record->hops[0].error);
	assert_string_equal(s->record->hops[1].addresses_tried.items[0], "::1");
	assert_string_equal(s->record->hops[1].address_used, "127.0.0.1");
	assert_int_equal(s->record->hops[1].addresses_resolved.count, 2);
}

static void ipv6_that_connects_is_final(void **state)
{
	struct scene *s = *state;
	struct fake_web *v6 = second_web(s, "::1");

	if (v6 == NULL)
		skip();
	fake_dns_add(s->dns, "a.example.com", DNS_AAAA, "::1");
	fake_web_add(s->web, (struct web_row){ .text = SCENE_OK });
	fake_web_add(v6, (struct web_row){ .text = "HTTP/1.1 404 No\r\n\r\n", .deed = WEB_ONCE });
	fake_web_add(v6, (struct web_row){ .text = "", .deed = WEB_RESETS });
	scene_judge(s, "http-01", "a.example.com");
	scene_expect(s, "unauthorized", "::1: Invalid response");
	scene_judge(s, "http-01", "a.example.com");
	scene_expect(s, "connection", "Connection reset by peer");
	assert_int_equal(fake_web_connections(s->web), 0);
	fake_web_free(v6);
}

/* Fallback is by hop: Boulder before its #8905 began anew, and met a loop that there was not. */
static void the_target_of_a_redirect_falls_back_too(void **state)
{
	struct scene *s = *state;

	fake_dns_add(s->dns, "b.example.com", DNS_AAAA, "::1");
	to(s, SCENE_PATH, "HTTP/1.1 301 Moved\r\nLocation: http://b.example.com/x\r\n\r\n");
	to(s, "/x", SCENE_OK);
	scene_judge(s, "http-01", "a.example.com");
	scene_expect_valid(s);
	assert_int_equal(s->record->hop_count, 3);
	assert_int_equal(fake_web_connections(s->web), 2);
}

static void only_the_first_of_a_family_is_tried(void **state)
{
	struct scene *s = *state;

	fake_dns_add(s->dns, "m.example.com", DNS_A, "127.0.0.9");
	fake_dns_add(s->dns, "m.example.com", DNS_A, "127.0.0.1");
	fake_web_add(s->web, (struct web_row){ .text = SCENE_OK });
	scene_judge(s, "http-01", "m.example.com");
	scene_expect(s, "connection",
		     "127.0.0.9: Fetching http://m.example.com" SCENE_PATH ": Connection refused");
	assert_int_equal(s->record->hop_count, 1);
}

static void names_without_addresses_are_a_dns_problem(void **state)
{
	struct scene *s = *state;

	scene_judge(s, "http-01", "none.example.com");
	scene_expect(s, "dns", "none.example.com");
	assert_int_equal(s->record->hop_count, 0);
	assert_int_equal(s->record->answer_count, 2);
}

/* --- many at once --- */

static void ceilings_hold_and_everybody_has_a_turn(void **state)
{
	struct scene *s = *state;

	s->options.max_per_address = 2;
	fake_web_add(s->web, (struct web_row){ .text = SCENE_OK });
	for (size_t i = 0; i < 20; i++)
		(void)scene_start(s, "http-01", i % 2 == 0 ? "a.example.com" : "127.0.0.1");
	assert_int_equal(va_open_count(s->va), 20);
	for (size_t i = 1; i <= 20; i++) {
		scene_wait(s, i);
		scene_expect_valid(s);
	}
	assert_true(fake_web_most(s->web) <= 2);
	assert_int_equal(va_open_count(s->va), 0);
}

static void a_stalled_domain_does_not_hold_up_others(void **state)
{
	struct scene *s = *state;

	fake_dns_add(s->dns, "x.example.org", DNS_A, "127.0.0.1");
	s->options.max_per_domain = 1;
	fake_web_add(s->web, (struct web_row){ .host = "x.example.org", .text = SCENE_OK });
	fake_web_add(s->web, (struct web_row){ .text = "", .deed = WEB_STAYS });
	struct va_job *first = scene_start(s, "http-01", "a.example.com");
	struct va_job *second = scene_start(s, "http-01", "b.example.com");

	(void)scene_start(s, "http-01", "x.example.org");
	scene_wait(s, 1);
	scene_expect_valid(s);
	va_cancel(second);
	va_cancel(first);
	assert_int_equal(va_open_count(s->va), 0);
	(void)event_base_loop(s->base, EVLOOP_NONBLOCK);
	assert_int_equal(s->verdicts, 1);
}

static size_t open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t count = 0;

	while (readdir(dir) != NULL)
		count++;
	(void)closedir(dir);
	return count;
}

/* At any point of its life, and nothing stays open. */
static void a_job_can_be_cancelled_at_any_time(void **state)
{
	struct scene *s = *state;
	size_t before = 0;

	to(s, SCENE_PATH, "HTTP/1.1 301 Moved\r\nLocation: http://b.example.com/x\r\n\r\n");
	to(s, "/x", SCENE_OK);
	scene_open(s);
	before = open_files();
	for (int steps = 0; s->verdicts == 0; steps++) {
		struct va_job *job = scene_start(s, "http-01", "a.example.com");

		assert_true(steps < 1000);
		for (int i = 0; i < steps && s->verdicts == 0; i++)
			(void)event_base_loop(s->base, EVLOOP_ONCE);
		if (s->verdicts == 0)
			va_cancel(job);
	}
	scene_expect_valid(s);
	assert_int_equal(va_open_count(s->va), 0);
	while (fake_web_open(s->web) > 0)
		(void)event_base_loop(s->base, EVLOOP_ONCE);
	assert_true(open_files() <= before);
}

/* --- verdicts that change the world they come from --- */

struct mischief {
	struct scene *scene;
	struct va_job *victim;
	bool frees;
	size_t verdicts;
};

static void on_mischief(void *ctx, struct err *problem, struct va_record *record)
{
	struct mischief *m = ctx;

	m->verdicts++;
	err_free(problem);
	va_record_free(record);
	if (m->frees) {
		va_free(m->scene->va);
		m->scene->va = NULL;
	} else {
		va_cancel(m->victim);
	}
}

static void a_verdict_may_cancel_others_or_end_it_all(void **state)
{
	struct scene *s = *state;
	char name[] = "a.example.com";
	char challenge[] = "http-01";
	char token[] = SCENE_TOKEN;
	char thumbprint[] = SCENE_THUMBPRINT;
	const struct va_request q = { .ident = { .type = IDENT_DNS, .value = name },
				      .challenge = challenge,
				      .token = token,
				      .thumbprint = thumbprint };

	fake_web_add(s->web,
		     (struct web_row){ .host = "b.example.com", .text = "", .deed = WEB_STAYS });
	fake_web_add(s->web, (struct web_row){ .text = SCENE_OK });
	for (int frees = 0; frees < 2; frees++) {
		struct mischief m = { .scene = s, .frees = frees == 1 };

		if (s->va == NULL)
			scene_open(s);
		(void)va_check(s->va, &q, on_mischief, &m);
		for (int i = 0; i < 10; i++)
			m.victim = scene_start(s, "http-01", "b.example.com");
		while (m.verdicts == 0)
			(void)event_base_loop(s->base, EVLOOP_ONCE);
		(void)event_base_loop(s->base, EVLOOP_NONBLOCK);
		assert_int_equal(m.verdicts, 1);
	}
	assert_null(s->va);
}

static void an_authority_ends_in_the_middle(void **state)
{
	struct scene *s = *state;

	fake_web_add(s->web, (struct web_row){ .text = "", .deed = WEB_STAYS });
	for (int i = 0; i < 5; i++)
		(void)scene_start(s, "http-01", "a.example.com");
	for (int i = 0; i < 3; i++)
		(void)event_base_loop(s->base, EVLOOP_ONCE);
	va_free(s->va);
	s->va = NULL;
	(void)event_base_loop(s->base, EVLOOP_NONBLOCK);
	assert_int_equal(s->verdicts, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_answer_is_judged),
		TEST(other_protocols_are_named),
		TEST(the_request_is_as_promised),
		TEST(addresses_are_identifiers),
		TEST(what_the_request_gets_wrong_is_a_verdict),
		TEST(every_code_but_303_is_followed),
		TEST(loops_and_long_chains_end),
		TEST(eleven_redirects_are_followed),
		TEST(certificates_of_redirects_do_not_matter),
		TEST(https_that_is_none_is_named),
		TEST(bodies_of_other_hosts_are_not_told),
		TEST(a_redirect_leads_nowhere_inside),
		TEST(ipv4_follows_where_ipv6_does_not_connect),
		TEST(ipv6_that_connects_is_final),
		TEST(the_target_of_a_redirect_falls_back_too),
		TEST(only_the_first_of_a_family_is_tried),
		TEST(names_without_addresses_are_a_dns_problem),
		TEST(ceilings_hold_and_everybody_has_a_turn),
		TEST(a_stalled_domain_does_not_hold_up_others),
		TEST(a_job_can_be_cancelled_at_any_time),
		TEST(a_verdict_may_cancel_others_or_end_it_all),
		TEST(an_authority_ends_in_the_middle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
