// Usage: cases NAME. Runs one test case of the C++ interface.
#include "check.hpp"
#include "children.hpp"
#include "errors.hpp"
#include "faults.hpp"
#include "list.hpp"
#include "log.hpp"
#include "settings.hpp"

namespace {

struct Case {
    std::string_view name;
    void (*run)();
};

constexpr Case cases[] = {
    {"everyone", a_list_is_a_random_access_range},
    {"page", a_page_has_the_requested_participants},
    {"nobody", an_empty_meeting_is_empty},
    {"one_by_one", the_range_gives_everyone_one_by_one},
    {"temporary", a_temporary_can_be_walked},
    {"texts", texts_and_dates_are_as_sent},
    {"equal", participants_with_the_same_fields_are_equal},
    {"outlive", lists_and_ranges_outlive_their_client},
    {"moved", owners_can_be_moved},
    {"throwing", exceptions_of_user_code_pass_through},
    {"threads", threads_share_a_client},
    {"refused", errors_carry_what_the_service_said},
    {"statuses", every_status_is_thrown},
    {"kinds", errors_are_caught_by_kind},
    {"unreachable", a_missing_response_has_no_http_status},
    {"second_page", a_failed_page_ends_the_range},
    {"cancelled", shutdown_ends_calls_in_flight},
    {"arguments", invalid_arguments_are_refused},
    {"headers", settings_reach_the_service},
    {"old_key", the_older_key_pair_reaches_the_service},
    {"times", timeout_and_deadline_end_a_call},
    {"proxy", the_proxy_is_used},
    {"native_ca", native_ca_trusts_the_systems_authorities},
    {"environment", the_default_client_uses_the_environment},
    {"children", a_shutdown_ends_the_calls_of_a_client_and_its_children},
    {"order", parents_and_children_are_destroyed_in_any_order},
    {"log", a_retried_call_logs_its_retries_and_pages},
    {"log_throws", an_exception_of_the_log_function_ends_nothing},
    {"log_lives", the_log_function_lives_as_long_as_it_is_called},
    {"log_changed", another_log_function_is_for_later_clients},
    {"log_threads", threads_log_at_the_same_time},
    {"fault_leak", fault_leak},
    {"fault_dangling", fault_dangling},
    {"fault_undefined", fault_undefined},
};

} // namespace

int main(int count, char **arguments) {
    const std::string_view name = count == 2 ? arguments[1] : "";
    for (const Case &one : cases) {
        if (one.name == name) {
            one.run();
            return 0;
        }
    }
    std::cerr << "no such case: " << name << '\n';
    return 2;
}
