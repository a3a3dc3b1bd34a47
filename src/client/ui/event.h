/*
 * What happens, as typed events. Terminal text, progress, JSON lines and the log file are views of them; nothing else prints.
 *
 * A kind is a row (event_kinds): its name on the wire ("order.created"), its level, and how people see it. An event adds
 * fields for programs and one text for people. docs/json.md documents every kind and its fields.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct ui;
struct clock;
struct interrupt;

enum event_level {
	EVENT_DEBUG,   /* log file; terminal with -vv */
	EVENT_INFO,    /* log file; terminal (stderr) with -v */
	EVENT_NOTICE,  /* stdout, unless quiet */
	EVENT_WARNING, /* stderr */
	EVENT_ERROR,   /* stderr, also when quiet */
};

enum event_kind {
	/* any step */
	EVENT_DEBUG_TEXT, EVENT_INFO_TEXT, EVENT_NOTICE_TEXT, EVENT_WARNING_TEXT, EVENT_ERROR_TEXT,
	EVENT_FAILED,              /* the program's own last error */
	EVENT_VERSION_SHOWN, EVENT_HELP_SHOWN,
	EVENT_HTTP,                /* a message to or from the CA (debug) */
	/* account */
	EVENT_ACCOUNT_REGISTERED, EVENT_ACCOUNT_SHOWN, EVENT_ACCOUNT_UPDATED, EVENT_ACCOUNT_DEACTIVATED,
	/* the way to a certificate */
	EVENT_REQUESTING, EVENT_ORDER_CREATED, EVENT_ORDER_RESUMED,
	EVENT_CHALLENGE_PUBLISHED, EVENT_CHALLENGE_WITHDRAWN, EVENT_CHALLENGES_FAILED, EVENT_WAITING,
	EVENT_CERTIFICATE_SAVED, EVENT_CERTIFICATE_KEPT, EVENT_DEPLOYING, EVENT_CERTIFICATE_INSTALLED,
	EVENT_CERTIFICATE_DELETED, EVENT_CERTIFICATE_REVOKED, EVENT_DRY_RUN_DONE,
	/* servers */
	EVENT_SERVER_PLANNED, EVENT_SERVER_CHANGED, EVENT_SERVER_RESTORED, EVENT_ENDPOINT_SEEN, EVENT_ENDPOINTS_SEEN,
	/* renew */
	EVENT_LINEAGE_PROCESSING, EVENT_LINEAGE_SKIPPED, EVENT_LINEAGE_RENEWED, EVENT_LINEAGE_FAILED, EVENT_LINEAGE_BROKEN,
	EVENT_LINEAGE_PUT_OFF, EVENT_LINEAGE_RECONFIGURED,
	EVENT_RENEW_SUMMARY, EVENT_RENEWAL_INFO, EVENT_CA_LIMITED,
	/* hooks */
	EVENT_HOOK_RUNNING, EVENT_HOOK_OUTPUT, EVENT_HOOK_ERROR_OUTPUT, EVENT_HOOK_FAILED,
	/* lists */
	EVENT_CERTIFICATE_LISTED, EVENT_CERTIFICATES_LISTED, EVENT_PLUGIN_LISTED, EVENT_PLUGINS_LISTED,
	EVENT_KIND_COUNT,
};

enum field_type { FIELD_STRING, FIELD_INT, FIELD_BOOL, FIELD_LIST, FIELD_TIME, FIELD_ERR };

struct event_field {
	const char *name; /* NULL ends the array */
	enum field_type type;
	union {
		const char *string; /* NULL: null */
		int64_t number;     /* also bool, and time in seconds since the epoch (shown as RFC 3339; 0: null) */
		const struct strlist *list;
		const struct err *err; /* {message, type, detail, identifier, subproblems} */
	} value;
};

#define STR(field, text) { .name = (field), .type = FIELD_STRING, .value.string = (text) }
#define INT(field, n) { .name = (field), .type = FIELD_INT, .value.number = (n) }
#define BOOL(field, yes) { .name = (field), .type = FIELD_BOOL, .value.number = (yes) }
#define LIST(field, strings) { .name = (field), .type = FIELD_LIST, .value.list = (strings) }
#define TIME(field, when) { .name = (field), .type = FIELD_TIME, .value.number = (when) }
#define ERROR(field, e) { .name = (field), .type = FIELD_ERR, .value.err = (e) }
#define FIELDS(...) ((const struct event_field[]){ __VA_ARGS__, { .name = NULL } })
#define NO_FIELDS NULL

/* fmt NULL: nothing for people. */
void ui_emit(struct ui *ui, enum event_kind kind, const struct event_field *fields, const char *fmt, ...) PRINTF_LIKE(4, 5);

/* To standard output as it is, at once: what is no event (help, questions). */
void ui_print(struct ui *ui, const char *text);
/* NULL: all that went to standard output has arrived. Else why the first of it did not. */
MUST_CHECK struct err *ui_lost_output(const struct ui *ui);

/* Something takes time. Once per activity and subject it is an event; on a terminal also one line that is rewritten: "waiting for the CA to validate a.test (3 s)"; ended by the next event. */
void ui_progress(struct ui *ui, const char *activity, const char *subject, int64_t waited_ms);

/* The text between two rules, as people see the kinds that are framed. */
char *ui_framed(const char *text);

/* What main decides about the views. */
struct ui_options {
	bool quiet, json, debug;
	bool noninteractive, force_interactive;
	int verbosity; /* 0, 1, 2 */
	const struct clock *clock;
	const struct interrupt *stop; /* prompts end when it fires */
};

struct ui *ui_new(const struct ui_options *o); /* before options are parsed: everything zero */
void ui_configure(struct ui *ui, const struct ui_options *o);
void ui_stop_asking(struct ui *ui); /* as with -n from now on */
/* <logs_dir>/letsencrypt.log after rotation (certbot.md 4.3); what was emitted before is written there too. */
MUST_CHECK struct err *ui_open_log(struct ui *ui, const char *logs_dir, int64_t max_backups);
/* Where early failures are logged: a directory certbot-log-XXXXXXXX in $TMPDIR, kept only if this is called. NULL on failure. */
const char *ui_keep_temporary_log(struct ui *ui);
const char *ui_log_path(const struct ui *ui); /* NULL before */
void ui_free(struct ui *ui);

/* What an aside would have written. */
struct saying {
	char *text;
	bool error; /* to standard error */
};

struct said {
	struct saying *items;
	size_t count;
};

/*
 * One that keeps what it says, for work on several lineages at once, each in a thread: what belongs together is said together.
 * Its log lines are written in root's log at once, each with the name of the lineage it is about. It asks nothing.
 */
struct ui *ui_new_aside(struct ui *root);
void ui_aside_about(struct ui *ui, const char *lineage);
struct said ui_aside_take(struct ui *ui); /* the caller's: what was said since the last time */
/* Says it and forgets it. */
void ui_say(struct ui *root, struct said *s);
/* Takes what is in more. */
void said_append(struct said *s, struct said *more);
void said_release(struct said *s);

AUTO_FREE(struct ui, ui_free)
AUTO_RELEASE(struct said, said_release)
