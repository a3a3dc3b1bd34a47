#include "hooks.h"

#include <dlfcn.h>
#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "plans.h"

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool closed;
	size_t waiting, syncs, to_fail;
	bool lose_answer;
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

__attribute__((visibility("default"))) int PQsendPrepare(PGconn *connection, const char *name,
							 const char *sql, int count,
							 const Oid *types)
{
	void *found = dlsym(RTLD_NEXT, "PQsendPrepare");
	int (*real)(PGconn *, const char *, const char *, int, const Oid *);

	memcpy(&real, &found, sizeof(real));
	plans_note_pgsql(sql, types, count);
	return real(connection, name, sql, count, types);
}

__attribute__((visibility("default"))) int sqlite3_finalize(sqlite3_stmt *statement)
{
	void *found = dlsym(RTLD_NEXT, "sqlite3_finalize");
	int (*real)(sqlite3_stmt *);

	memcpy(&real, &found, sizeof(real));
	if (statement != NULL)
		plans_note_sqlite(statement);
	return real(statement);
}
