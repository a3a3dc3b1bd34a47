#include "plugins/apache/planned.h"

#include "base/limits.h"

#define NEW_FILE_MODE 0644

static struct err *plan_file(const struct apache_file *f, struct change *out)
{
	AUTO(buf_release) struct buf old = BUF_INIT(2 * LIMIT_SERVER_CONF_FILE);
	AUTO(buf_release) struct buf new = BUF_INIT(2 * LIMIT_SERVER_CONF_FILE);

	buf_add(&old, f->data, f->len);
	apache_write(f, &new);
	TRY(buf_check(&new, f->path));
	if (f->created && f->like != NULL)
		change_create_like(out, f->path, &new, f->like);
	else if (f->created)
		change_create(out, f->path, &new, NEW_FILE_MODE);
	else
		change_edit(out, f->path, &old, &new);
	return NULL;
}

struct err *apache_plan_files(const struct apache_config *c, struct change *out)
{
	for (size_t i = 0; i < c->file_count; i++)
		if (c->files[i]->edited)
			TRY(plan_file(c->files[i], out));
	return NULL;
}
