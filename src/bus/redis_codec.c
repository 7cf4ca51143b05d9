/* hiredis as a codec. Its reader calls back for each part of a reply; the texts of a reply go into one buffer
 * that is used again for the next. */
#include "redis_codec.h"

#include "muster/bus/bus.h"

#include <hiredis/hiredis.h>
#include <string.h>

/* The longest message, its seal and what surrounds it; a server that sends more without an end isn't one of
 * ours. */
#define UNREAD_MAX (MU_BUS_TEXT_MAX + (size_t)64 * 1024)

/* Later versions of the library count elements otherwise. */
#if HIREDIS_MAJOR >= 1
typedef size_t element_count;
#else
typedef int element_count;
#endif

/* The parts that a reply without a list has is one; those of a list come one by one. */
static struct redis_reply *begin(const redisReadTask *task, enum redis_kind kind, size_t n)
{
	struct redis_codec *codec = task->privdata;

	if (task->parent)
		return kind == REDIS_LIST ? NULL : &codec->reply;
	mu_buf_reset(&codec->texts);
	codec->reply = (struct redis_reply){ .kind = kind, .n = n };
	memset(codec->at, 0, sizeof(codec->at));
	return &codec->reply;
}

static void *on_text(const redisReadTask *task, char *text, size_t n)
{
	static const enum redis_kind kinds[] = {
		[REDIS_REPLY_STRING] = REDIS_TEXT,
		[REDIS_REPLY_STATUS] = REDIS_STATUS,
		[REDIS_REPLY_ERROR] = REDIS_ERROR,
	};
	struct redis_codec *codec = task->privdata;
	const size_t i = task->parent ? (size_t)task->idx : 0;
	struct redis_reply *reply;

	if (task->type < 0 || (size_t)task->type >= sizeof(kinds) / sizeof(*kinds) || i >= REDIS_PARTS_MAX)
		return NULL;
	reply = begin(task, kinds[task->type], 1);
	mu_buf_char(&codec->texts, '\0'); /* so that no text begins at 0, and each ends */
	codec->at[i] = codec->texts.n;
	reply->part[i].bytes = n;
	mu_buf_add(&codec->texts, text, n);
	return mu_buf_error(&codec->texts) ? NULL : reply;
}

static void *on_list(const redisReadTask *task, element_count n)
{
	return n > REDIS_PARTS_MAX ? NULL : begin(task, REDIS_LIST, (size_t)n);
}

/* Nobody asks which number it is. */
static void *on_number(const redisReadTask *task, long long number)
{
	return begin(task, REDIS_NUMBER, 0);
}

static void *on_nil(const redisReadTask *task)
{
	return begin(task, REDIS_NIL, 0);
}

static void on_free(void *reply)
{
}

static redisReplyObjectFunctions functions = {
	.createString = on_text,
	.createArray = on_list,
	.createInteger = on_number,
	.createNil = on_nil,
	.freeObject = on_free,
};

enum mu_err redis_codec_init(struct redis_codec *codec)
{
	*codec = (struct redis_codec){ .reader = redisReaderCreateWithFunctions(&functions) };
	if (!codec->reader)
		return MU_NO_MEMORY;
	codec->reader->privdata = codec;
	return MU_OK;
}

void redis_codec_finish(struct redis_codec *codec)
{
	if (codec->reader)
		redisReaderFree(codec->reader);
	codec->reader = NULL;
	mu_buf_finish(&codec->texts);
}

enum mu_err redis_codec_feed(struct redis_codec *codec, const char *bytes, size_t n)
{
	if (codec->reader->len - codec->reader->pos > UNREAD_MAX)
		return MU_PARSE_ERROR;
	return redisReaderFeed(codec->reader, bytes, n) == REDIS_OK ? MU_OK : MU_NO_MEMORY;
}

enum mu_err redis_codec_next(struct redis_codec *codec, struct redis_reply *ret)
{
	void *found = NULL;

	if (redisReaderGetReply(codec->reader, &found) != REDIS_OK)
		return MU_PARSE_ERROR;
	if (!found)
		return MU_NOT_FOUND;
	*ret = codec->reply;
	for (size_t i = 0; i < REDIS_PARTS_MAX; i++)
		ret->part[i].text = codec->at[i] ? codec->texts.data + codec->at[i] : "";
	return MU_OK;
}

enum mu_err redis_codec_command(struct mu_buf *out, size_t n, const char **words, const size_t *bytes)
{
	char *command = NULL;
	const int length = redisFormatCommandArgv(&command, (int)n, words, bytes);

	if (length < 0)
		return MU_NO_MEMORY;
	mu_buf_add(out, command, (size_t)length);
	free(command);
	return mu_buf_error(out);
}
