/*
 * Iterators over the service of read_ahead.c and fork_during_work.c.
 */
#ifndef READ_AHEAD_H
#define READ_AHEAD_H

#include "check.h"

#define PARTICIPANTS 10000
#define PER_PAGE 100

static inline rtk_iter *iterator_at(const rtk_client *client, int given)
{
    rtk_iter *iter = NULL;
    rtk_error *err = NULL;
    const rtk_participant *participant = NULL;
    CHECK_OK(rtk_iter_participants(client, "account", APP, MEETING, &iter, &err), err);
    for (int i = 0; i < given; i++)
        CHECK_OK(rtk_iter_next(iter, &participant, &err), err);
    return iter;
}

static inline int rest_of(rtk_iter *iter)
{
    rtk_error *err = NULL;
    const rtk_participant *participant = NULL;
    int count = 0;
    rtk_status status;
    while ((status = rtk_iter_next(iter, &participant, &err)) == RTK_STATUS_OK)
        count++;
    CHECK_STATUS(status, RTK_STATUS_DONE);
    CHECK(rtk_iter_is_complete(iter));
    return count;
}

#endif
