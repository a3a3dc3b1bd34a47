/*
 * transact WORK PROGRAM [OPTION...]: changes a real server's files as one transaction, without a plugin that knows its
 * configuration. For end-to-end tests.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "srv/file.h"
#include "srv/transaction.h"

struct wish {
	struct checkpoints checkpoints;
	struct webserver server;
	struct change *change;
	struct endpoints prove;
	struct transaction t;
	const char *programs[2], *pid_files[2];
	const char *test[4], *reload[4], *start[4];
	bool withdraw, diff;
};

static void shell(const char **argv, const char *line)
{
	argv[0] = "/bin/sh";
	argv[1] = "-c";
	argv[2] = line;
}

/* PATH=FILE: its new content is the file's. */
static struct err *plan_content(struct change *c, char *arg)
{
	char *from = strchr(arg, '=');
	AUTO(buf_release) struct buf fresh = { 0 };
	AUTO(buf_release) struct buf old = { 0 };

	*from++ = '\0';
	TRY(file_load(&fresh, from));
	if (!fs_exists(arg)) {
		change_create(c, arg, &fresh, 0644);
		return NULL;
	}
	TRY(file_load(&old, arg));
	change_edit(c, arg, &old, &fresh);
	return NULL;
}

/* NAME,HOST,PORT,FULLCHAIN */
static struct err *expect(struct endpoints *out, const char *arg)
{
	AUTO(strlist_release) struct strlist parts = { 0 };
	int64_t port = 0;

	strlist_split(&parts, arg, ',');
	if (parts.count != 4 || !str_to_int(parts.items[2], 1, UINT16_MAX, &port))
		return err_new(ERR_USAGE, "%s", arg);
	return endpoints_add(out, parts.items[0], parts.items[1], (unsigned)port, parts.items[3]);
}

static const struct option options[] = {
	{ "test", required_argument, NULL, 't' },
	{ "reload", required_argument, NULL, 'r' },
	{ "start", required_argument, NULL, 's' },
	{ "pid", required_argument, NULL, 'p' },
	{ "log", required_argument, NULL, 'l' },
	{ "refusal", required_argument, NULL, 'f' },
	{ "write", required_argument, NULL, 'w' },
	{ "prove", required_argument, NULL, 'v' },
	{ "unnoticed", required_argument, NULL, 'u' },
	{ "old-go-first", no_argument, NULL, 'o' },
	{ "title", required_argument, NULL, 'T' },
	{ "patience", required_argument, NULL, 'm' },
	{ "withdraw", no_argument, NULL, 'W' },
	{ "diff", no_argument, NULL, 'd' },
	{ 0 },
};

static struct err *take(struct wish *w, int option)
{
	int64_t ms = 0;

	switch (option) {
	case 't':
		shell(w->test, optarg);
		break;
	case 'r':
		shell(w->reload, optarg);
		w->server.reload[0] = w->reload;
		break;
	case 's':
		shell(w->start, optarg);
		w->server.start = w->start;
		break;
	case 'p':
		w->pid_files[0] = optarg;
		break;
	case 'l':
		w->server.error_log = optarg;
		break;
	case 'f':
		w->server.refusal = optarg;
		break;
	case 'w':
		return plan_content(w->change, optarg);
	case 'v':
		return expect(&w->prove, optarg);
	case 'T':
		w->t.title = optarg;
		break;
	case 'm':
		if (!str_to_int(optarg, 1, 600000, &ms))
			return err_new(ERR_USAGE, "%s", optarg);
		w->t.patience_ms = (int)ms;
		break;
	case 'u':
		if (!str_to_int(optarg, 1, 600000, &ms))
			return err_new(ERR_USAGE, "%s", optarg);
		w->server.unnoticed_ms = (int)ms;
		break;
	case 'o':
		w->server.old_go_first = true;
		break;
	case 'W':
		w->withdraw = true;
		break;
	case 'd':
		w->diff = true;
		break;
	default:
		return err_new(ERR_USAGE, "an option that is none");
	}
	return NULL;
}

static struct err *carry_out(struct wish *w)
{
	static const char *const outcomes[] = { "reloaded", "started", "not running" };
	AUTO(buf_release) struct buf diff = BUF_INIT(LIMIT_MIB(1));
	enum webserver_outcome outcome;

	if (w->withdraw)
		return transaction_withdraw(&w->checkpoints, &w->server, false);
	change_diff(w->change, &diff);
	if (w->diff)
		(void)fputs(buf_str(&diff), stdout);
	TRY(transaction_run(&w->t, &outcome));
	(void)puts(outcomes[outcome]);
	return NULL;
}

static struct err *run(struct wish *w, int argc, char **argv)
{
	int option;

	w->server.name = w->programs[0] = argv[2];
	w->server.programs = w->programs;
	w->server.pid_files = w->pid_files;
	w->server.test = w->test;
	w->checkpoints.work_dir = argv[1];
	optind = 3;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		TRY(take(w, option));
	w->t.checkpoints = &w->checkpoints;
	w->t.server = &w->server;
	w->t.change = w->change;
	w->t.prove = &w->prove;
	return carry_out(w);
}

int main(int argc, char **argv)
{
	const struct world world = { .clock = &system_clock,
				     .random = &system_random,
				     .spawner = &system_spawner };
	struct wish w = { .checkpoints = { .world = &world }, .change = change_new() };

	if (argc < 3)
		return 2;
	AUTO(err_free) struct err *e = run(&w, argc, argv);
	AUTO(free) char *text = e != NULL ? err_text(e) : NULL;

	change_free(w.change);
	endpoints_release(&w.prove);
	if (text != NULL)
		(void)fprintf(stderr, "%s\n", text);
	return text != NULL;
}
