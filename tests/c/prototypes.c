/*
 * Declares the promised C interface again. A function with another type is a conflicting declaration, a missing
 * function does not link, and a status or level with another number is an array of negative size.
 */
#include <participants.h>

rtk_config *rtk_config_new(void);
void        rtk_config_free(rtk_config *);
rtk_status  rtk_config_set_api_token(rtk_config *, const char *);
rtk_status  rtk_config_set_api_key(rtk_config *, const char *, const char *);
rtk_status  rtk_config_set_base_url(rtk_config *, const char *);
rtk_status  rtk_config_set_timeout_ms(rtk_config *, uint64_t);
rtk_status  rtk_config_set_connect_timeout_ms(rtk_config *, uint64_t);
rtk_status  rtk_config_set_deadline_ms(rtk_config *, uint64_t);
rtk_status  rtk_config_set_max_retries(rtk_config *, uint32_t);
rtk_status  rtk_config_set_max_retry_wait_ms(rtk_config *, uint64_t);
rtk_status  rtk_config_set_max_connections(rtk_config *, uint32_t);
rtk_status  rtk_config_set_per_page(rtk_config *, uint32_t);
rtk_status  rtk_config_set_user_agent(rtk_config *, const char *);
rtk_status  rtk_config_set_proxy(rtk_config *, const char *);
rtk_status  rtk_config_set_ca_file(rtk_config *, const char *);
rtk_status  rtk_config_set_native_ca(rtk_config *, bool);
rtk_status  rtk_config_set_log(rtk_config *, rtk_log_fn, void *);
rtk_status  rtk_config_set_log_queue(rtk_config *, uint32_t);

rtk_status  rtk_client_new(const rtk_config *, rtk_client **, rtk_error **);
void        rtk_client_free(rtk_client *);
rtk_status  rtk_client_child(const rtk_client *, rtk_client **, rtk_error **);
void        rtk_client_shutdown(const rtk_client *);
bool        rtk_client_read_log(const rtk_client *, int32_t *, char *, size_t);

rtk_status  rtk_get_participants(const rtk_client *, const char *, const char *, const char *, rtk_participants **,
                                 rtk_error **);
rtk_status  rtk_get_participants_page(const rtk_client *, const char *, const char *, const char *, int64_t, int64_t,
                                      rtk_participants **, rtk_error **);
rtk_status  rtk_get_participants_json(const rtk_client *, const char *, const char *, const char *, char **,
                                      rtk_error **);
void        rtk_string_free(char *);
rtk_status  rtk_iter_participants(const rtk_client *, const char *, const char *, const char *, rtk_iter **,
                                  rtk_error **);
rtk_status  rtk_iter_next(rtk_iter *, const rtk_participant **, rtk_error **);
rtk_status  rtk_iter_next_page(rtk_iter *, rtk_participants **, rtk_error **);
uint64_t    rtk_iter_total_count(const rtk_iter *);
bool        rtk_iter_is_complete(const rtk_iter *);
void        rtk_iter_free(rtk_iter *);

size_t                 rtk_participants_count(const rtk_participants *);
const rtk_participant *rtk_participants_at(const rtk_participants *, size_t);
uint64_t               rtk_participants_total_count(const rtk_participants *);
uint64_t               rtk_participants_start_offset(const rtk_participants *);
uint64_t               rtk_participants_end_offset(const rtk_participants *);
bool                   rtk_participants_is_complete(const rtk_participants *);
const char            *rtk_participants_json(const rtk_participants *, size_t *);
void                   rtk_participants_free(rtk_participants *);

const char *rtk_participant_id(const rtk_participant *);
const char *rtk_participant_custom_participant_id(const rtk_participant *);
const char *rtk_participant_preset_name(const rtk_participant *);
const char *rtk_participant_created_at(const rtk_participant *);
const char *rtk_participant_updated_at(const rtk_participant *);
const char *rtk_participant_name(const rtk_participant *);
const char *rtk_participant_picture(const rtk_participant *);
int64_t     rtk_participant_created_at_ms(const rtk_participant *);
int64_t     rtk_participant_updated_at_ms(const rtk_participant *);

rtk_status  rtk_error_status(const rtk_error *);
const char *rtk_error_message(const rtk_error *);
int32_t     rtk_error_http_status(const rtk_error *);
int64_t     rtk_error_api_code(const rtk_error *);
const char *rtk_error_ray_id(const rtk_error *);
int64_t     rtk_error_retry_after_ms(const rtk_error *);
const char *rtk_error_body(const rtk_error *, size_t *);
int64_t     rtk_error_page(const rtk_error *);
uint32_t    rtk_error_attempts(const rtk_error *);
void        rtk_error_free(rtk_error *);

const char *rtk_version(void);
const char *rtk_status_name(rtk_status);

typedef void (*function)(void);
extern const function FUNCTIONS[];
const function FUNCTIONS[] = {
    (function)rtk_config_new,
    (function)rtk_config_free,
    (function)rtk_config_set_api_token,
    (function)rtk_config_set_api_key,
    (function)rtk_config_set_base_url,
    (function)rtk_config_set_timeout_ms,
    (function)rtk_config_set_connect_timeout_ms,
    (function)rtk_config_set_deadline_ms,
    (function)rtk_config_set_max_retries,
    (function)rtk_config_set_max_retry_wait_ms,
    (function)rtk_config_set_max_connections,
    (function)rtk_config_set_per_page,
    (function)rtk_config_set_user_agent,
    (function)rtk_config_set_proxy,
    (function)rtk_config_set_ca_file,
    (function)rtk_config_set_native_ca,
    (function)rtk_config_set_log,
    (function)rtk_config_set_log_queue,
    (function)rtk_client_new,
    (function)rtk_client_free,
    (function)rtk_client_child,
    (function)rtk_client_shutdown,
    (function)rtk_client_read_log,
    (function)rtk_get_participants,
    (function)rtk_get_participants_page,
    (function)rtk_get_participants_json,
    (function)rtk_string_free,
    (function)rtk_iter_participants,
    (function)rtk_iter_next,
    (function)rtk_iter_next_page,
    (function)rtk_iter_total_count,
    (function)rtk_iter_is_complete,
    (function)rtk_iter_free,
    (function)rtk_participants_count,
    (function)rtk_participants_at,
    (function)rtk_participants_total_count,
    (function)rtk_participants_start_offset,
    (function)rtk_participants_end_offset,
    (function)rtk_participants_is_complete,
    (function)rtk_participants_json,
    (function)rtk_participants_free,
    (function)rtk_participant_id,
    (function)rtk_participant_custom_participant_id,
    (function)rtk_participant_preset_name,
    (function)rtk_participant_created_at,
    (function)rtk_participant_updated_at,
    (function)rtk_participant_name,
    (function)rtk_participant_picture,
    (function)rtk_participant_created_at_ms,
    (function)rtk_participant_updated_at_ms,
    (function)rtk_error_status,
    (function)rtk_error_message,
    (function)rtk_error_http_status,
    (function)rtk_error_api_code,
    (function)rtk_error_ray_id,
    (function)rtk_error_retry_after_ms,
    (function)rtk_error_body,
    (function)rtk_error_page,
    (function)rtk_error_attempts,
    (function)rtk_error_free,
    (function)rtk_version,
    (function)rtk_status_name,
};

#define STATIC_CHECK(name, condition) typedef char name[(condition) ? 1 : -1]
STATIC_CHECK(ok, RTK_STATUS_OK == 0);
STATIC_CHECK(done, RTK_STATUS_DONE == 1);
STATIC_CHECK(invalid_argument, RTK_STATUS_INVALID_ARGUMENT == 2);
STATIC_CHECK(connection, RTK_STATUS_CONNECTION == 3);
STATIC_CHECK(timeout, RTK_STATUS_TIMEOUT == 4);
STATIC_CHECK(authentication, RTK_STATUS_AUTHENTICATION == 5);
STATIC_CHECK(permission_denied, RTK_STATUS_PERMISSION_DENIED == 6);
STATIC_CHECK(not_found, RTK_STATUS_NOT_FOUND == 7);
STATIC_CHECK(rate_limited, RTK_STATUS_RATE_LIMITED == 8);
STATIC_CHECK(server, RTK_STATUS_SERVER == 9);
STATIC_CHECK(api, RTK_STATUS_API == 10);
STATIC_CHECK(decode, RTK_STATUS_DECODE == 11);
STATIC_CHECK(cancelled, RTK_STATUS_CANCELLED == 12);
STATIC_CHECK(internal, RTK_STATUS_INTERNAL == 13);
STATIC_CHECK(log_error, RTK_LOG_ERROR == 1);
STATIC_CHECK(log_warn, RTK_LOG_WARN == 2);
STATIC_CHECK(log_info, RTK_LOG_INFO == 3);
STATIC_CHECK(log_debug, RTK_LOG_DEBUG == 4);

int main(void)
{
    int32_t *status_is_an_int32 = (rtk_status *)0;
    return status_is_an_int32 != 0;
}
