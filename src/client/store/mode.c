#include "client/store/mode.h"

#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/str.h"

/* Setting it is the only call that tells it; for that moment it is the strictest. */
static mode_t umask_by_setting(void)
{
	mode_t mask = umask(0777);

	(void)umask(mask);
	return mask;
}

/* The system tells it without: what other threads make at this moment is not made under another one. */
static mode_t current_umask(void)
{
	static const char key[] = "\nUmask:\t";
	AUTO(free) char *status = NULL;
	mode_t mask = 0;

	err_ignore(fs_read_if_exists(&status, NULL, "/proc/self/status", LIMIT_FILE));
	const char *digits = status != NULL ? strstr(status, key) : NULL;

	if (digits == NULL)
		return umask_by_setting();
	for (digits += strlen(key); *digits >= '0' && *digits <= '7'; digits++)
		mask = mask * 8 + (mode_t)(*digits - '0');
	return mask;
}

mode_t mode_by_umask(mode_t wanted)
{
	return wanted & ~(current_umask() | S_IWOTH);
}
