#include "va/channel_problem.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "proto/problem.h"

/* Problem type and text of an error of connect(), send() or recv(). */
static const struct {
	int error;
	const char *type;
	const char *text;
} system_rows[] = {
	{ ECONNREFUSED, "connection", "Connection refused" },
	{ ENETUNREACH, "connection", "Network unreachable" },
	{ EHOSTUNREACH, "connection", "Host unreachable" },
	{ ECONNRESET, "connection", "Connection reset by peer" },
	{ EPIPE, "connection", "Connection reset by peer" },
	{ ETIMEDOUT, "connection", "Timeout during connect (likely firewall problem)" },
	/* ours, not the judged server's */
	{ EMFILE, "serverInternal", "no more connections can be opened now" },
	{ ENFILE, "serverInternal", "no more connections can be opened now" },
	{ ENOBUFS, "serverInternal", "no more connections can be opened now" },
	{ ENOMEM, "serverInternal", "no more connections can be opened now" },
	{ EADDRINUSE, "serverInternal", "no more connections can be opened now" },
	{ EADDRNOTAVAIL, "serverInternal",
	  "no port is free, or the source address is not one of this machine" },
};

static struct err *system_problem(const struct channel_failure *f, const char *prefix)
{
	char text[128];

	for (size_t i = 0; i < ARRAY_LEN(system_rows); i++)
		if (system_rows[i].error == f->error)
			return problem_new(system_rows[i].type, "%s%s", prefix,
					   system_rows[i].text);
	return problem_new("connection", "%sError getting validation data: %s", prefix,
			   strerror_r(f->error, text, sizeof(text)));
}

static const char *const timeouts[] = {
	[CHANNEL_WAITING] = "no connection to this address was free in time",
	[CHANNEL_CONNECTING] = "Timeout during connect (likely firewall problem)",
	[CHANNEL_HANDSHAKE] = "Timeout after connect (your server may be slow or overloaded)",
	[CHANNEL_OPEN] = "Timeout after connect (your server may be slow or overloaded)",
};

static struct err *timeout_problem(const struct channel_failure *f, const char *prefix)
{
	return problem_new(f->phase == CHANNEL_WAITING ? "serverInternal" : "connection", "%s%s",
			   prefix, timeouts[f->phase]);
}

static const char *step_of(const struct channel_failure *f)
{
	return f->phase == CHANNEL_HANDSHAKE ? " during the TLS handshake" : "";
}

struct err *channel_problem(const struct channel_failure *f, const char *prefix)
{
	const char *text = f->text != NULL ? f->text : "unknown reason";

	switch (f->cause) {
	case CHANNEL_TIMEOUT:
		return timeout_problem(f, prefix);
	case CHANNEL_SYSTEM:
		return system_problem(f, prefix);
	case CHANNEL_CLOSED:
		return problem_new(
			"connection",
			"%sError getting validation data: the server closed the connection%s",
			prefix, step_of(f));
	case CHANNEL_ALERT:
		return problem_new("tls", "%sthe server refused TLS by the alert \"%s\"", prefix,
				   text);
	case CHANNEL_VERSION:
		return problem_new("tls", "%sthe server doesn't support TLSv1.2 or better", prefix);
	case CHANNEL_SPEAKS_HTTP:
		return problem_new("malformed", "%sServer only speaks HTTP, not TLS", prefix);
	case CHANNEL_NOT_TLS:
	case CHANNEL_CERTIFICATE:
		break;
	}
	return problem_new("connection", "%sError getting validation data: %s", prefix, text);
}
