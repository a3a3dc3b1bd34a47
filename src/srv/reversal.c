#include "srv/reversal.h"

#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "srv/file.h"

void pieces_add(struct pieces *list, struct piece *p)
{
	list->items = xrealloc(list->items, list->count + 1, sizeof(struct piece *));
	list->items[list->count++] = p;
}

void pieces_release(struct pieces *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->items[i]->needed);
		list->items[i]->ops->free(list->items[i]);
	}
	free(list->items);
}

struct err *edited_keep(char **kept, const struct undo *u, const struct buf *bytes,
			const char *real, const char *like)
{
	AUTO(free) char *dir = fs_join(u->checkpoints->work_dir, "signet/edited");
	AUTO(free)
	char *to = str_fmt("%s/%s.%lld", dir, strrchr(real, '/') + 1,
			   (long long)clock_now_ms(u->checkpoints->world->clock));

	TRY(fs_mkdirs(dir, 0700));
	TRY(file_save(like, bytes, to));
	*kept = MOVE(to);
	return NULL;
}

void complain(const struct undo *u, const char *fmt, ...)
{
	AUTO(buf_release) struct buf text = BUF_INIT(LIMIT_KIB(16));
	va_list args;

	va_start(args, fmt);
	buf_addv(&text, fmt, args);
	va_end(args);
	strlist_take(&u->report->complaints, str_printable(buf_str(&text), LIMIT_KIB(8)));
}
