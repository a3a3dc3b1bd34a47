#include "ca/store/threads.h"

#include <signal.h>

struct err *thread_start(pthread_t *out, void *(*fn)(void *arg), void *arg)
{
	sigset_t all, before;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	int code = pthread_create(out, NULL, fn, arg);

	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return code == 0 ? NULL : err_errno(code, "starting a thread of the store");
}
