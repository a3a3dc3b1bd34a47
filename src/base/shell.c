#include "base/shell.h"

#include <string.h>

#include "base/buf.h"

static const char harmless[] =
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.,:/@%+=";

char *shell_word(const char *s)
{
	struct buf b = BUF_INIT(4 * strlen(s) + 8);

	if (*s != '\0' && strspn(s, harmless) == strlen(s))
		return xstrdup(s);
	buf_addc(&b, '\'');
	for (; *s != '\0'; s++)
		if (*s == '\'')
			buf_adds(&b, "'\\''");
		else
			buf_addc(&b, *s);
	buf_addc(&b, '\'');
	return buf_detach(&b);
}
