/* `signet-ca va`: a perspective in a process of its own. */
#include "check.h"

#include <event2/event.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/world.h"
#include "ca/cmd/command_line.h"
#include "va/mutual.h"
#include "va/perspective.h"

/* The process ends like the program would: 0 when it was told to stop. */
static void be_the_program(const struct mutual *m, int out)
{
	struct command_line l = { 0 };
	const char *const words[] = { "va",        "--name",        "far",
				      "--region",  "RIPE",          "--listen",
				      "127.0.0.1", "--certificate", m->files.certificate,
				      "--key",     m->files.key,    "--ca",
				      m->files.ca };
	char *argv[ARRAY_LEN(words)];

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		argv[i] = (char *)(uintptr_t)words[i];
	const struct world world = { .clock = &system_clock, .random = &system_random };
	struct err *e = command_line_parse(&l, ARRAY_LEN(words), argv);
	FILE *file = fdopen(out, "w");
	const struct command_run r = {
		.world = &world, .words = l.words, .out = file, .options = &l.options
	};

	if (e == NULL)
		e = l.command->run(&r);
	(void)fclose(file);
	int status = e == NULL ? 0 : 1;

	err_free(e);
	command_line_release(&l);
	_exit(status);
}

struct judged {
	struct event_base *base;
	struct err *problem;
	json_t *summary;
};

static void on_verdict(void *ctx, struct err *problem, struct va_record *record, json_t *summary)
{
	struct judged *j = ctx;

	j->problem = problem;
	j->summary = summary;
	va_record_free(record);
	event_base_loopbreak(j->base);
}

/* An address has no CAA: both pass. */
static void ask(struct judged *j, const struct mutual *m, unsigned port)
{
	AUTO(free) char *url = str_fmt("https://127.0.0.1:%u", port);
	char name[] = "127.0.0.1";
	char challenge[] = "http-01";
	const struct va_request q = { .ident = { .type = IDENT_IP, .value = name },
				      .challenge = challenge };
	AUTO(va_free) struct va *primary = NULL;
	AUTO(perspectives_free) struct perspectives *p = NULL;
	SSL_CTX *tls = NULL;

	assert_done(va_new(&primary, &(struct va_options){ .base = j->base }));
	assert_done(mutual_tls_client(&tls, &m->files));
	const struct perspective_options remote = {
		.name = "far", .region = "RIPE", .url = url, .tls = tls
	};

	assert_done(perspectives_new(&p, &(struct perspectives_options){ .base = j->base,
									 .primary = primary,
									 .remotes = &remote,
									 .remote_count = 1,
									 .failures_allowed = 0 }));
	(void)perspectives_check_caa(p, &q, on_verdict, j);
	assert_int_equal(event_base_dispatch(j->base), 0);
	SSL_CTX_free(tls);
}

static void a_perspective_serves_until_it_is_told_to_stop(void **state)
{
	struct mutual m = { 0 };
	struct judged j = { .base = event_base_new() };
	char line[200] = "";
	int pipe_fds[2];
	int status = 0;

	(void)state;
	mutual_make(&m);
	assert_int_equal(pipe(pipe_fds), 0);
	pid_t child = fork();

	if (child == 0)
		be_the_program(&m, pipe_fds[1]);
	fd_close(pipe_fds[1]);
	FILE *said = fdopen(pipe_fds[0], "r");

	assert_non_null(fgets(line, sizeof(line), said));
	assert_true(str_starts(line, "perspective far listens on port "));
	int64_t port = 0;

	line[strcspn(line, "\n")] = '\0';
	assert_true(str_to_int(strrchr(line, ' ') + 1, 1, 65535, &port));
	ask(&j, &m, (unsigned)port);
	assert_int_equal(kill(child, SIGHUP), 0);
	assert_non_null(fgets(line, sizeof(line), said));
	assert_string_equal(line, "perspective far has read its certificate again\n");
	assert_int_equal(truncate(m.certificate, 0), 0);
	assert_int_equal(kill(child, SIGHUP), 0);
	assert_non_null(fgets(line, sizeof(line), said));
	assert_true(str_starts(line, "perspective far goes on with its old certificate: "));
	assert_int_equal(kill(child, SIGTERM), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_null(j.problem);
	assert_string_equal(json_string_value(json_object_get(j.summary, "quorumResult")), "1/1");
	json_decref(j.summary);
	(void)fclose(said);
	event_base_free(j.base);
	mutual_release(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_perspective_serves_until_it_is_told_to_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
