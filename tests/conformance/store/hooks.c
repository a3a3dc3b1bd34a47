#include "hooks.h"

#include <dlfcn.h>
#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <pthread.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/str.h"

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool closed;
	size_t waiting, syncs, to_fail;
	bool lose_answer;
	char *scan;
} hooks = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

static void set_gate(bool closed)
{
	pthread_mutex_lock(&hooks.lock);
	hooks.closed = closed;
	pthread_cond_broadcast(&hooks.changed);
	pthread_mutex_unlock(&hooks.lock);
}

void hook_close_gate(void)
{
	set_gate(true);
}

void hook_open_gate(void)
{
	set_gate(false);
}

void hook_wait_at_gate(void)
{
	pthread_mutex_lock(&hooks.lock);
	while (hooks.waiting == 0)
		pthread_cond_wait(&hooks.changed, &hooks.lock);
	pthread_mutex_unlock(&hooks.lock);
}

void hook_fail_syncs(size_t count)
{
	pthread_mutex_lock(&hooks.lock);
	hooks.to_fail = count;
	pthread_mutex_unlock(&hooks.lock);
}

size_t hook_syncs(void)
{
	pthread_mutex_lock(&hooks.lock);
	size_t n = hooks.syncs;

	pthread_mutex_unlock(&hooks.lock);
	return n;
}

/* Whether this sync fails. */
static bool pass_gate(void)
{
	pthread_mutex_lock(&hooks.lock);
	hooks.waiting++;
	pthread_cond_broadcast(&hooks.changed);
	while (hooks.closed)
		pthread_cond_wait(&hooks.changed, &hooks.lock);
	hooks.waiting--;
	hooks.syncs++;
	bool fails = hooks.to_fail > 0;

	hooks.to_fail -= fails;
	pthread_mutex_unlock(&hooks.lock);
	return fails;
}

static int synced(long number, int fd)
{
	if (!pass_gate())
		return (int)syscall(number, fd);
	errno = EIO;
	return -1;
}

__attribute__((visibility("default"))) int fdatasync(int fd)
{
	return synced(SYS_fdatasync, fd);
}

__attribute__((visibility("default"))) int fsync(int fd)
{
	return synced(SYS_fsync, fd);
}

void hook_lose_answer(void)
{
	pthread_mutex_lock(&hooks.lock);
	hooks.lose_answer = true;
	pthread_mutex_unlock(&hooks.lock);
}

static bool answer_is_to_be_lost(void)
{
	pthread_mutex_lock(&hooks.lock);
	bool lost = hooks.lose_answer;

	pthread_mutex_unlock(&hooks.lock);
	return lost;
}

bool hook_answer_was_lost(void)
{
	return !answer_is_to_be_lost();
}

/* Whether the server's answer, which is left where it is, says that a transaction was committed. */
static bool is_committed(PGconn *connection)
{
	struct pollfd p = { .fd = PQsocket(connection), .events = POLLIN };
	char answer[4096];

	(void)PQflush(connection);
	(void)poll(&p, 1, 10000);
	ssize_t len = recv(p.fd, answer, sizeof(answer), MSG_PEEK);

	return len > 0 && memmem(answer, (size_t)len, "COMMIT", strlen("COMMIT")) != NULL;
}

static void lose_answer(PGconn *connection)
{
	char swallowed[4096];

	pthread_mutex_lock(&hooks.lock);
	hooks.lose_answer = false;
	pthread_mutex_unlock(&hooks.lock);
	(void)!recv(PQsocket(connection), swallowed, sizeof(swallowed), 0);
	(void)shutdown(PQsocket(connection), SHUT_RDWR);
}

/* Ends a round trip. */
__attribute__((visibility("default"))) int PQpipelineSync(PGconn *connection)
{
	void *found = dlsym(RTLD_NEXT, "PQpipelineSync");
	int (*real)(PGconn *);

	(void)pass_gate();
	memcpy(&real, &found, sizeof(real));
	int sent = real(connection);

	if (answer_is_to_be_lost() && is_committed(connection))
		lose_answer(connection);
	return sent;
}

/* Through all of a table that has one row, or of an index that has only what is wanted; the last is of a test. */
static bool may_scan(const char *sql)
{
	static const char *const parts[] = { "o.certified = 0 AND o.error = ''",
					     "status = 0 AND attempt <> ''", "UPDATE checked",
					     "schema_version", "FROM things" };

	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (strstr(sql, parts[i]) != NULL)
			return true;
	return false;
}

static void note_scan(sqlite3_stmt *statement)
{
	const char *sql = sqlite3_sql(statement);

	if (sql == NULL || may_scan(sql) ||
	    sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_FULLSCAN_STEP, 0) == 0)
		return;
	pthread_mutex_lock(&hooks.lock);
	if (hooks.scan == NULL)
		hooks.scan = xstrdup(sql);
	pthread_mutex_unlock(&hooks.lock);
}

__attribute__((visibility("default"))) int sqlite3_finalize(sqlite3_stmt *statement)
{
	void *found = dlsym(RTLD_NEXT, "sqlite3_finalize");
	int (*real)(sqlite3_stmt *);

	memcpy(&real, &found, sizeof(real));
	if (statement != NULL)
		note_scan(statement);
	return real(statement);
}

char *hook_scan(void)
{
	pthread_mutex_lock(&hooks.lock);
	char *sql = hooks.scan;

	hooks.scan = NULL;
	pthread_mutex_unlock(&hooks.lock);
	return sql;
}
