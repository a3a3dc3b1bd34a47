/* signet: parse, lock, run one subcommand, say what went wrong. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/version.h"
#include "client/auth/commons.h"
#include "client/client.h"
#include "client/cmd/cmd.h"
#include "client/hook/hook.h"
#include "client/install/opened.h"
#include "client/order/ca.h"
#include "client/order/report.h"
#include "client/order/revocation.h"
#include "client/store/tree.h"
#include "net/resolver.h"

enum exit_status { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* Through a link of Certbot's name this is Certbot to whoever calls it, of the version whose behaviour it has. */
struct program {
	const char *name, *version;
};

static const struct program programs[] = {
	{ "signet", SIGNET_VERSION },
	{ "certbot", "5.6.0" },
};

static const struct program *program_called(int argc, char *const *argv)
{
	const char *name = argc > 0 ? argv[0] : "";
	const char *slash = strrchr(name, '/');

	return &programs[streq(slash != NULL ? slash + 1 : name, "certbot")];
}

static void print_error(const struct program *p, const struct err *e)
{
	AUTO(free) char *text = err_text(e);
	AUTO(free) char *visible = str_printable(text, LIMIT_ERROR_TEXT);

	(void)fprintf(stderr, "%s: error: %s\n", p->name, visible);
}

/* For what is asked for its output alone. */
static enum exit_status show(const struct program *p, struct ui *ui, const char *text)
{
	ui_print(ui, text);
	AUTO(err_free) struct err *lost = ui_lost_output(ui);

	if (lost == NULL)
		return EXIT_OK;
	print_error(p, lost);
	return EXIT_FAILED;
}

static enum exit_status show_version(const struct program *p, struct ui *ui, bool json)
{
	AUTO(free) char *text = str_fmt("%s %s\n", p->name, p->version);

	if (json)
		ui_emit(ui, EVENT_VERSION_SHOWN,
			FIELDS(STR("program", p->name), STR("version", p->version)), NULL);
	return show(p, ui, json ? "" : text);
}

static enum exit_status show_help(const struct program *p, struct ui *ui, const char *topic,
				  bool json)
{
	AUTO(buf_release) struct buf text = BUF_INIT(LIMIT_MIB(1));

	if (!options_help(&text, p->name, topic))
		(void)options_help(&text, p->name, NULL);
	if (json)
		ui_emit(ui, EVENT_HELP_SHOWN,
			FIELDS(STR("topic", topic), STR("text", buf_str(&text))), NULL);
	return show(p, ui, json ? "" : buf_str(&text));
}

/* Files are not read yet. */
static bool wants_json(int argc, char *const *argv)
{
	for (int i = 1; i < argc; i++)
		if (streq(argv[i], "--json"))
			return true;
	return false;
}

static void report_failure(struct ui *ui, const struct err *e, enum exit_status status,
			   const char *text)
{
	ui_emit(ui, EVENT_FAILED, FIELDS(ERROR("error", e), INT("exit_status", status)), "%s",
		text);
}

static enum exit_status show_usage_error(const struct program *p, struct ui *ui, bool json,
					 const struct err *e)
{
	AUTO(buf_release) struct buf usage = BUF_INIT(LIMIT_KIB(64));

	options_usage(&usage, p->name);
	(void)fputs(buf_str(&usage), stderr);
	if (json) {
		AUTO(free) char *text = err_text(e);

		report_failure(ui, e, EXIT_USAGE, text);
	} else {
		print_error(p, e);
	}
	return EXIT_USAGE;
}

static void advise(struct ui *ui)
{
	const char *log = ui_log_path(ui);

	if (log == NULL)
		log = ui_keep_temporary_log(ui);
	if (log != NULL)
		ui_emit(ui, EVENT_WARNING_TEXT, NO_FIELDS,
			"See the logfile %s or re-run signet with -v for more details.", log);
}

/* The last words of a failed run: the error, then where to read more. For a program `failed` is the last one. */
static enum exit_status show_failure(struct ui *ui, bool json, const struct err *e)
{
	AUTO(free) char *text = failure_line(e);

	if (json)
		advise(ui);
	report_failure(ui, e, EXIT_FAILED, text);
	if (!json)
		advise(ui);
	return EXIT_FAILED;
}

static void configure_ui(struct ui *ui, const struct options *o, const struct world *w)
{
	ui_configure(ui, &(struct ui_options){
				 .quiet = o->quiet,
				 .json = o->json,
				 .debug = o->debug,
				 .noninteractive = o->noninteractive,
				 .force_interactive = o->force_interactive,
				 .verbosity = (int)o->verbosity,
				 .clock = w->clock,
				 .stop = w->stop,
			 });
}

static void log_command_line(struct ui *ui, int argc, char *const *argv)
{
	AUTO(strlist_release) struct strlist words = { 0 };

	for (int i = 1; i < argc; i++)
		strlist_add(&words, argv[i]);
	AUTO(free) char *line = strlist_join(&words, " ");

	ui_emit(ui, EVENT_DEBUG_TEXT, FIELDS(LIST("arguments", &words)), "signet %s, arguments: %s",
		SIGNET_VERSION, line);
}

/* Options that were accepted although they do nothing. */
static void show_notes(struct ui *ui, const struct strlist *notes)
{
	for (size_t i = 0; i < notes->count; i++)
		ui_emit(ui, EVENT_WARNING_TEXT, NO_FIELDS, "%s", notes->items[i]);
}

static void tell_of_wait(void *ctx, const struct err *busy)
{
	const struct client *c = ctx;
	AUTO(free) char *text = err_text(busy);

	ui_emit(c->ui, EVENT_WARNING_TEXT, FIELDS(ERROR("error", busy)),
		"%s; waiting up to %lld seconds (--wait).", text, (long long)c->opt->wait_s);
}

/* Logs first, so that a lock that somebody holds on the others can be logged (certbot.md 1, 10). */
static struct err *take_tree(struct client *c)
{
	const struct clock *clock = c->world->clock;
	struct tree_patience p = {
		.world = c->world,
		.until_ms = clock->monotonic_ms(clock) + c->opt->wait_s * 1000,
		.tell = tell_of_wait,
		.ctx = c,
	};

	TRY(tree_lock_logs(&c->tree, c->opt, &p));
	TRY(ui_open_log(c->ui, c->opt->logs_dir, c->opt->max_log_backups));
	return tree_lock(c->tree, &p);
}

/* What to do about it, in Certbot's words. */
static struct err *open_tree(struct client *c)
{
	AUTO(err_free) struct err *e = take_tree(c);

	if (!err_is(e, ERR_PERMISSION))
		return MOVE(e);
	AUTO(free) char *text = err_text(e);

	return err_new(
		ERR_PERMISSION,
		"%s. Either run as root, or set --config-dir, --work-dir, and --logs-dir to writeable paths.",
		text);
}

static struct err *run(struct client *c)
{
	const struct subcommand *verb = c->opt->verb;

	if (verb->needs_tree) {
		struct err *e = open_tree(c);

		if (e == NULL)
			e = recover_configuration(c);
		if (e != NULL && !verb->may_run_unlocked)
			return e;
		err_ignore(e);
	}
	return verb->run(c);
}

/* What was done stays done when it could not be told, but the run was not all right. */
static struct err *note_lost_output(struct ui *ui, struct err *e)
{
	AUTO(err_free) struct err *lost = ui_lost_output(ui);
	AUTO(free) char *text = lost != NULL ? err_text(lost) : NULL;

	if (e == NULL)
		return err_wrap(MOVE(lost), "done, but not everything was told");
	if (lost != NULL)
		ui_emit(ui, EVENT_ERROR_TEXT, FIELDS(ERROR("error", lost)), "%s", text);
	return e;
}

static void client_release(struct client *c)
{
	ca_pool_free(c->cas);
	responders_free(c->responders);
	opened_list_free(c->opened);
	commons_free(c->commons);
	hooks_free(c->hooks);
	tree_free(c->tree);
	ui_free(c->ui);
	options_free(c->opt);
}

AUTO_RELEASE(struct client, client_release)

static enum exit_status run_client(struct client *c, int argc, char *const *argv)
{
	c->cas = ca_pool_new();
	c->responders = responders_new();
	c->hooks = hooks_new();
	c->commons = commons_new();
	c->opened = opened_list_new();
	configure_ui(c->ui, c->opt, c->world);
	log_command_line(c->ui, argc, argv);
	show_notes(c->ui, &c->opt->notes);
	AUTO(err_free) struct err *e = note_lost_output(c->ui, run(c));

	if (e == NULL)
		return EXIT_OK;
	if (interrupt_signal(c->world->stop) == SIGINT) {
		report_failure(c->ui, e, EXIT_FAILED, "Exiting due to user request.");
		return EXIT_FAILED;
	}
	return show_failure(c->ui, c->opt->json, e);
}

static enum exit_status start(struct client *c, int argc, char *const *argv)
{
	const struct program *p = program_called(argc, argv);
	bool json = wants_json(argc, argv);
	enum options_action action = OPTIONS_RUN;
	AUTO(free) char *topic = NULL;

	ui_configure(c->ui, &(struct ui_options){ .json = json, .stop = c->world->stop });
	AUTO(err_free) struct err *e = options_parse(&c->opt, &action, &topic, argc, argv);

	if (e != NULL) {
		json = json || options_files_want_json(argc, argv);
		ui_configure(c->ui, &(struct ui_options){ .json = json, .stop = c->world->stop });
		return e->code == ERR_USAGE ? show_usage_error(p, c->ui, json, e)
					    : show_failure(c->ui, json, e);
	}
	if (action == OPTIONS_VERSION)
		return show_version(p, c->ui, json);
	if (action == OPTIONS_HELP)
		return show_help(p, c->ui, topic, json);
	return run_client(c, argc, argv);
}

/* Everything is cleaned up: now die as the signal wants, so that the parent sees it (certbot.md 4.1). */
static void die_by(int signal_number)
{
	sigset_t none;

	if (signal_number == 0)
		return;
	if (signal_number ==
	    SIGINT) { /* exit 1 as Certbot does: the one that still waits is dropped */
		(void)sigaction(SIGINT, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
		return;
	}
	(void)fflush(NULL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)raise(signal_number);
}

int main(int argc, char **argv)
{
	AUTO(interrupt_free) struct interrupt *stop = NULL;
	enum exit_status status;

	fd_fill_standard();
	(void)sigaction(SIGPIPE, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
	AUTO(err_free) struct err *e = interrupt_new(&stop);

	if (e != NULL) {
		print_error(program_called(argc, argv), e);
		return EXIT_FAILED;
	}
	const struct world w = {
		.clock = &system_clock,
		.random = &system_random,
		.resolver = &system_resolver,
		.spawner = &system_spawner,
		.stop = stop,
	};
	{
		AUTO(client_release)
		struct client c = { .world = &w,
				    .ui = ui_new(&(struct ui_options){ .clock = w.clock,
								       .stop = stop }) };

		status = start(&c, argc, argv);
	}
	die_by(interrupt_signal(stop));
	return (int)status;
}
