// What tests/cpp/main.cpp can run.
#ifndef CASES_HPP
#define CASES_HPP

// list.cpp
void everyone_is_a_random_access_range();
void a_page_is_as_the_service_pages();
void an_empty_meeting_is_empty();
void the_range_gives_everyone_one_by_one();
void texts_and_dates_are_as_sent();
void results_outlive_their_client();
void owners_can_be_moved();
void what_user_code_throws_passes_through();
void threads_share_a_client();

// errors.cpp
void refusals_say_what_the_service_said();
void every_status_is_thrown();
void no_answer_is_an_error_without_http_status();
void a_failed_page_ends_the_range();
void shutdown_ends_calls_in_flight();
void arguments_that_cannot_be_right_are_refused();

// settings.cpp
void settings_reach_the_service();
void the_older_key_pair_reaches_the_service();
void times_bound_a_call();
void the_proxy_is_asked();
void a_client_by_default_is_of_the_environment();

// faults.cpp: what the sanitizers must find
void fault_leak();
void fault_dangling();
void fault_undefined();

#endif
