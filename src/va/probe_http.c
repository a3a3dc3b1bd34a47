/*
 * http-01 (ca.md 1): one GET a hop, by the rules of Let's Encrypt, with the HTTP codec that all of Signet uses.
 */
#include <string.h>

#include "base/limits.h"
#include "net/http1.h"
#include "proto/problem.h"
#include "va/body.h"
#include "va/coding.h"
#include "va/first_bytes.h"
#include "va/job.h"
#include "va/reach.h"
#include "va/redirect.h"

struct fetch {
	struct url url;
	char *text; /* of url */
	char *referer;
	struct strlist seen;
	unsigned redirects;
	struct reach_options to;
	struct reach reach;
	struct http_parser *parser;
	struct first_bytes first;
};

static const struct http_limits limits = {
	.line = LIMIT_HTTP_LINE,
	.header_bytes = LIMIT_VA_HEADER_BYTES,
	.header_count = LIMIT_HTTP_HEADER_COUNT,
	.body = LIMIT_VA_CODED_BODY,
	.lenient = true,
	.cut_body = true,
};

static struct redirect_rules rules_of(const struct va_job *job)
{
	const struct va_options *o = job->options;

	return (struct redirect_rules){ .http_port = o->http_port,
					.https_port = o->https_port,
					.no_ip = o->no_redirect_to_ip,
					.any_name = o->any_redirect_name,
					.addresses = o->addresses };
}

/* --- the end --- */

static void finish(struct va_job *job, struct err *problem)
{
	struct fetch *f = job->state;

	reach_stop(&f->reach);
	job_finish(job, problem);
}

/* Takes text. */
static void note_error(const struct fetch *f, char *text)
{
	struct va_hop *h = reach_hop(&f->reach);

	free(h->error);
	h->error = text;
}

/* Takes cause, a problem without prefix. */
static void fail(struct va_job *job, struct err *cause)
{
	struct fetch *f = job->state;
	AUTO(free) char *prefix = reach_prefix(&f->reach);

	note_error(f, xstrdup(cause->detail));
	finish(job, problem_new(err_type(cause), "%s%s", prefix, cause->detail));
	err_free(cause);
}

static void fail_unauthorized(struct va_job *job, char *text)
{
	const struct fetch *f = job->state;
	const struct va_hop *h = reach_hop(&f->reach);
	struct err *problem = problem_new("unauthorized", "%s: %s", h->address_used, text);

	note_error(f, text);
	finish(job, problem);
}

/* --- asking --- */

static void go(struct va_job *job);

static void add_headers(struct http_headers *h, const struct va_job *job, const struct fetch *f)
{
	AUTO(free) char *host = url_authority(&f->url);

	http_headers_add(h, "Host", host);
	http_headers_add(h, "User-Agent", job->options->user_agent);
	http_headers_add(h, "Accept", "*/*");
	http_headers_add(h, "Accept-Encoding", "gzip");
	if (f->referer != NULL)
		http_headers_add(h, "Referer", f->referer);
	http_headers_add(h, "Connection", "close");
}

static void on_opened(struct va_job *job)
{
	struct fetch *f = job->state;
	AUTO(buf_release) struct buf request = BUF_INIT(LIMIT_HTTP_HEADER_BYTES);
	AUTO(http_message_release)
	struct http_message m = { .method = xstrdup("GET"),
				  .target = xstrdup(f->url.target),
				  .minor_version = 1 };

	add_headers(&m.headers, job, f);
	AUTO(err_free) struct err *e = http_write_request(&request, &m);

	if (e != NULL)
		fail(job, problem_new("serverInternal", "the request cannot be sent: %s", e->msg));
	else
		channel_send(f->reach.channel, request.data, request.len);
}

/* --- redirects --- */

/* ca.md 1.4, check 12 */
static struct err *check_loop(struct fetch *f, const char *text)
{
	return strlist_add_unique(&f->seen, text)
		     ? NULL
		     : problem_new("connection", "Redirect loop detected");
}

static struct err *next_target(struct url *out, const struct va_job *job, const char *location)
{
	struct fetch *f = job->state;
	const struct redirect_rules rules = rules_of(job);
	AUTO(url_release) struct url to = { 0 };

	if (f->redirects >= LIMIT_VA_REDIRECTS)
		return problem_new("connection", "Too many redirects");
	TRY(redirect_target(&to, &rules, &f->url, reach_hop(&f->reach)->status, location));
	AUTO(free) char *text = url_text(&to);

	TRY(check_loop(f, text));
	*out = to;
	to = (struct url){ 0 };
	return NULL;
}

/* RFC 9110 §10.1.3: what was asked under TLS is not told without. */
static void set_referer(struct fetch *f, const struct url *to)
{
	free(f->referer);
	f->referer = NULL;
	if (!streq(f->url.scheme, "https") || streq(to->scheme, "https"))
		f->referer = xstrdup(f->text);
}

static void follow(struct va_job *job, const char *location)
{
	struct fetch *f = job->state;
	struct url to = { 0 };

	reach_hop(&f->reach)->location = str_printable(location, LIMIT_URL);
	struct err *e = next_target(&to, job, location);

	if (e != NULL) {
		fail(job, e);
		return;
	}
	f->redirects++;
	set_referer(f, &to);
	reach_stop(&f->reach);
	url_release(&f->url);
	f->url = to;
	go(job);
}

/* --- answers --- */

static bool has_left(const struct va_job *job)
{
	const struct fetch *f = job->state;

	return !streq(f->url.host, job->request.ident.value);
}

static void fail_body(struct va_job *job, const char *why)
{
	const struct fetch *f = job->state;

	fail_unauthorized(job,
			  str_fmt("Error reading HTTP response body from %s: %s", f->text, why));
}

static void judge_body(struct va_job *job, const struct http_message *m)
{
	const struct fetch *f = job->state;
	const char *wanted = job->proof.http_body;
	bool quote = job->options->verbose || !has_left(job);
	AUTO(buf_release) struct buf body = BUF_INIT(LIMIT_VA_BODY + 1);
	const char *broken = coding_read(&body, m);

	if (broken != NULL) {
		fail_body(job, broken);
		return;
	}
	char *text = body.len >= LIMIT_VA_BODY ? body_too_long(f->text, &body, quote)
					       : body_mismatch(f->text, &body, wanted, quote);

	if (text != NULL)
		fail_unauthorized(job, text);
	else
		finish(job, NULL);
}

static bool headers_are_whole(const struct fetch *f)
{
	return http_parser_in_body(f->parser) || http_parser_done(f->parser);
}

/* What is too long need not end. */
static bool has_enough(const struct fetch *f, const struct http_message *m)
{
	return http_parser_done(f->parser) || (m->body.len >= LIMIT_VA_BODY && !coding_is_gzip(m));
}

static void note_status(struct va_job *job, int status)
{
	const struct fetch *f = job->state;
	struct va_hop *h = reach_hop(&f->reach);

	if (h->status == 0) {
		h->status = status;
		h->answered_ms = job_elapsed_ms(job);
	}
}

static void look_at_answer(struct va_job *job)
{
	const struct fetch *f = job->state;
	const struct http_message *m = http_parser_message(f->parser);
	const char *location = http_headers_get(&m->headers, "Location");

	if (!headers_are_whole(f))
		return;
	note_status(job, m->status);
	if (redirect_is(m->status, location))
		follow(job, location);
	else if (m->status != 200)
		fail_unauthorized(job, str_fmt("Invalid response from %s: %d", f->text, m->status));
	else if (has_enough(f, m))
		judge_body(job, m);
}

/* ca.md 1.5, 1.7: what goes wrong before the body is a connection's, within it the proof's. */
static void fail_reading(struct va_job *job, const char *why)
{
	const struct fetch *f = job->state;

	if (http_parser_in_body(f->parser))
		fail_body(job, why);
	else
		fail(job, problem_new("connection", "Error getting validation data: %s", why));
}

static void on_received(struct va_job *job, const char *data, size_t len)
{
	struct fetch *f = job->state;
	enum first_look start = first_bytes_look(&f->first, data, len);
	size_t used = 0;

	if (start == LOOKS_LIKE_HTTP2) {
		fail(job, problem_new("connection", "Server is speaking HTTP/2 over HTTP"));
		return;
	}
	if (start == LOOKS_LIKE_NEITHER) {
		fail_reading(job, "the server does not speak HTTP");
		return;
	}
	AUTO(err_free) struct err *e = http_parser_feed(f->parser, data, len, &used);

	if (e != NULL)
		fail_reading(job, e->msg);
	else
		look_at_answer(job);
}

static void on_ended(struct va_job *job)
{
	const struct fetch *f = job->state;
	AUTO(err_free) struct err *e = http_parser_finish(f->parser);

	if (e != NULL)
		fail_reading(job, "the server closed the connection");
	else
		look_at_answer(job);
}

static void on_failed(struct va_job *job, struct err *problem, enum channel_phase phase)
{
	const struct fetch *f = job->state;

	if (phase == CHANNEL_OPEN && http_parser_in_body(f->parser)) {
		fail_reading(job, reach_hop(&f->reach)->error);
		err_free(problem);
		return;
	}
	finish(job, problem);
}

/* --- one hop --- */

static void reset_parser(struct fetch *f)
{
	http_parser_free(f->parser);
	f->parser = http_parser_new(HTTP_RESPONSES, &limits);
	f->first = (struct first_bytes){ 0 };
}

static void go(struct va_job *job)
{
	struct fetch *f = job->state;
	const struct redirect_rules rules = rules_of(job);

	free(f->text);
	f->text = url_text(&f->url);
	reset_parser(f);
	f->to = (struct reach_options){
		.host = f->url.host,
		.port = redirect_port(&rules, &f->url),
		.url = f->text,
		.tls = streq(f->url.scheme, "https"),
		.server_name = f->url.host,
		.opened = on_opened,
		.received = on_received,
		.ended = on_ended,
		.failed = on_failed,
	};
	reach_start(&f->reach, job, &f->to);
}

static void start(struct va_job *job)
{
	struct fetch *f = xcalloc(1, sizeof(*f));

	job->state = f;
	f->url = (struct url){ .scheme = xstrdup("http"),
			       .host = xstrdup(job->request.ident.value),
			       .port = 80,
			       .target = xstrdup(job->proof.http_path) };
	strlist_take(&f->seen, url_text(&f->url));
	go(job);
}

static void stop(struct va_job *job)
{
	struct fetch *f = job->state;

	reach_stop(&f->reach);
	http_parser_free(f->parser);
	url_release(&f->url);
	free(f->text);
	free(f->referer);
	strlist_release(&f->seen);
	free(f);
	job->state = NULL;
}

const struct probe probe_http = { .start = start, .stop = stop };
