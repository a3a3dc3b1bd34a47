#include "net/tcp_table.h"

#include <stdio.h>

static void read_table(const char *path, tcp_line_fn tell, void *ctx)
{
	AUTO(free) char *line = NULL;
	size_t size = 0;
	FILE *f = fopen(path, "re");

	while (f != NULL && getline(&line, &size, f) > 0) {
		AUTO(strlist_release) struct strlist columns = { 0 };

		strlist_split(&columns, line, ' ');
		if (columns.count >= TCP_COLUMNS)
			tell(ctx, &columns);
	}
	if (f != NULL)
		(void)fclose(f);
}

void tcp_table_each(const char *pid, tcp_line_fn line, void *ctx)
{
	AUTO(free) char *v4 = str_fmt("/proc/%s/net/tcp", pid);
	AUTO(free) char *v6 = str_fmt("/proc/%s/net/tcp6", pid);

	read_table(v4, line, ctx);
	read_table(v6, line, ctx);
}
