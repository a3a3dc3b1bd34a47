#include "client/store/mode.h"

#include <sys/stat.h>

/* The umask can only be read by setting it; for that moment it is the strictest. */
mode_t mode_by_umask(mode_t wanted)
{
	mode_t mask = umask(0777);

	(void)umask(mask);
	return wanted & ~(mask | S_IWOTH);
}
