/* `signet-ca judge`: from the command line to the verdict. */
#include "check.h"

#include <stdio.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/world.h"
#include "ca/cmd/command_line.h"
#include "net/server.h"

#define TOKEN "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA"
#define THUMBPRINT "9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI"

struct bench {
	struct server *server;
	char *port;
	char *out; /* what the command printed */
	size_t out_len;
	struct world world;
};

static void handle(void *ctx, struct server_request *r)
{
	struct http_message m = { .status = 200, .body = BUF_INIT(1024) };

	(void)ctx;
	buf_adds(&m.body, TOKEN "." THUMBPRINT);
	server_reply(r, &m);
	http_message_release(&m);
}

static int setup(void **state)
{
	struct bench *b = xcalloc(1, sizeof(*b));

	assert_done(server_new(&b->server, &(struct server_options){ .handle = handle }));
	assert_done(server_listen(b->server, "127.0.0.1", 0));
	assert_done(server_start(b->server));
	b->port = str_fmt("%u", server_port(b->server));
	b->world = (struct world){ .clock = &system_clock, .random = &system_random };
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	server_free(b->server);
	free(b->port);
	free(b->out);
	free(b);
	return 0;
}

/* words[]: the command line, up to NULL; the port of the server stands for "PORT". */
static struct err *use(struct bench *b, const char *const *words)
{
	AUTO(command_line_release) struct command_line l = { 0 };
	char *argv[32];
	size_t argc = 0;

	for (; words[argc] != NULL; argc++)
		argv[argc] = streq(words[argc], "PORT") ? b->port : (char *)(uintptr_t)words[argc];
	TRY(command_line_parse(&l, argc, argv));
	free(b->out);
	FILE *out = open_memstream(&b->out, &b->out_len);
	const struct command_run r = {
		.world = &b->world, .words = l.words, .out = out, .options = &l.options
	};
	struct err *e = l.command->run(&r);

	(void)fclose(out);
	return e;
}

#define USE(b, ...) use((b), (const char *const[]){ "judge", __VA_ARGS__, NULL })
#define HERE "--allow", "127.0.0.1", "--http-port", "PORT"
#define ASKED \
	"--identifier", "127.0.0.1", "--challenge", "http-01", "--token", TOKEN, "--thumbprint"

static void a_proof_is_valid(void **state)
{
	struct bench *b = *state;

	assert_done(USE(b, HERE, ASKED, THUMBPRINT));
	assert_non_null(strstr(b->out, "GET http://127.0.0.1/.well-known/acme-challenge/" TOKEN));
	assert_true(str_ends(b->out, "valid\n"));
	assert_null(strstr(b->out, "invalid"));
}

static void no_proof_is_an_error_behind_the_record(void **state)
{
	struct bench *b = *state;

	assert_refused(USE(b, HERE, ASKED, "other"), ERR_PROBLEM, "unauthorized");
	assert_true(str_ends(b->out, "\ninvalid\n"));
	/* without --allow nothing of this machine is asked */
	assert_refused(USE(b, "--http-port", "PORT", ASKED, THUMBPRINT), ERR_PROBLEM, "Loopback");
}

static void a_request_may_be_a_file(void **state)
{
	static const char text[] =
		"{\"identifier\":{\"type\":\"ip\",\"value\":\"127.0.0.1\"},\"challenge\":\"http-01\","
		"\"token\":\"" TOKEN "\",\"thumbprint\":\"" THUMBPRINT "\"}";
	struct bench *b = *state;
	char path[] = "/tmp/signet-judge-XXXXXX";
	AUTO(fd_close) int fd = mkstemp(path);

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_done(USE(b, HERE, "--json", path));
	int stdin_before = dup(STDIN_FILENO);

	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(dup2(fd, STDIN_FILENO), STDIN_FILENO);
	assert_done(USE(b, HERE, "--json"));
	assert_refused(USE(b, HERE, "-"), ERR_USAGE, "reading the request from -"); /* its end */
	assert_int_equal(dup2(stdin_before, STDIN_FILENO), STDIN_FILENO);
	fd_close(stdin_before);
	assert_done(USE(b, HERE, "--json", path));
	(void)unlink(path);
	AUTO(json_release) json_t *verdict = json_loads(b->out, 0, NULL);

	assert_string_equal(json_string_value(json_object_get(verdict, "status")), "valid");
	assert_refused(USE(b, HERE, path), ERR_USAGE, "reading the request");
}

static void wrong_use_is_named(void **state)
{
	struct bench *b = *state;

	assert_refused(USE(b, "--identifier", "a.test"), ERR_USAGE, "--challenge is missing");
	assert_refused(USE(b, "--identifier", "a.test", "x.json"), ERR_USAGE, "not both");
	assert_refused(USE(b, ASKED, "t", "--http-port", "0"), ERR_USAGE, "--http-port \"0\"");
	assert_refused(USE(b, ASKED, "t", "--allow", "here"), ERR_USAGE, "--allow");
	assert_refused(USE(b, ASKED, "t", "--resolver", "x"), ERR_USAGE, "--resolver");
	assert_refused(USE(b, ASKED, "t", "--source", "x"), ERR_USAGE, "--source");
	assert_refused(use(b, (const char *const[]){ "va", "--name", "a", NULL }), ERR_USAGE,
		       "--listen is missing");
	assert_refused(use(b, (const char *const[]){ "va", "--name", "a", "--listen", "127.0.0.1",
						     "--certificate", "/none", "--key", "/none",
						     "--ca", "/none", NULL }),
		       ERR_CONFIG, "/none");
	assert_refused(use(b, (const char *const[]){ "va", "--name", "a", "--listen", "127.0.0.1",
						     "--certificate", "/none", "--key", "/none",
						     "--ca", "/none", "--region", "Mars", NULL }),
		       ERR_USAGE, "Mars");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_proof_is_valid),
		TEST(no_proof_is_an_error_behind_the_record),
		TEST(a_request_may_be_a_file),
		TEST(wrong_use_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
