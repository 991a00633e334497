//! What kind of failure an SDK error is, and AWS's words about it.
//!
//! Error codes decide where there are any; the HTTP status where the body could not be read. Where
//! API Gateway has one code for everything it refuses, its words decide. Owns no policy: whether a
//! class is worth another attempt is not known here.

use std::error::Error;
use std::time::Duration;

use aws_credential_types::provider::error::{CredentialsError, TokenError};
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use unbridge_model::gap::GapClass;
use unbridge_model::port::{ReadError, WriteError, WriteFailure};

/// The longest message that is kept, in characters.
const LONGEST: usize = 600;

/// The read error of a failed SDK call.
pub(crate) fn classify<E>(error: SdkError<E, HttpResponse>) -> ReadError
where
    E: Error + ProvideErrorMetadata + 'static,
{
    let Some(response) = error.raw_response() else {
        let (class, told) = if let Some(refused) = role_refused(&error) {
            return refused;
        } else if let Some(told) = credentials_error(&error) {
            (GapClass::Credentials, told)
        } else if matches!(error, SdkError::ConstructionFailure(_)) {
            (GapClass::Refused, chain(&error))
        } else {
            (GapClass::Unreachable, chain(&error))
        };
        return ReadError::new(class, one_line(&told));
    };
    let status = response.status().as_u16();
    let code = error
        .code()
        .or_else(|| response.headers().get("x-amzn-errortype"))
        .map(bare);
    let whole = !matches!(error, SdkError::ResponseError(_));
    let class = class_of(code, status, whole);
    let message = match (code, error.message()) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (None, Some(message)) => message.to_owned(),
        (Some(code), None) => format!("{code} (HTTP {status})"),
        (None, None) if status < 300 => chain(&error),
        (None, None) => format!("HTTP {status} without an error that could be understood"),
    };
    ReadError {
        class,
        message: one_line(&message),
        retry_after: retry_after(response),
    }
}

/// The write error of a failed SDK call that was to change something.
///
/// Whatever is no clear answer counts as lost: the change may have been made.
pub(crate) fn classify_change<E>(error: SdkError<E, HttpResponse>) -> WriteError
where
    E: Error + ProvideErrorMetadata + 'static,
{
    let code = error.raw_response().and_then(|response| {
        let code = error.code();
        code.or_else(|| response.headers().get("x-amzn-errortype"))
            .map(|code| bare(code).trim_end_matches("Exception").to_owned())
    });
    let status = error
        .raw_response()
        .map(|response| response.status().as_u16());
    let ReadError {
        class,
        message,
        retry_after,
    } = classify(error);
    let class = match class {
        GapClass::Denied => WriteFailure::Denied,
        GapClass::Credentials => WriteFailure::Credentials,
        // API Gateway answers a full quota of things with the status of too many calls.
        GapClass::Throttled if code.as_deref() == Some("LimitExceeded") => {
            match message.contains("Maximum number") {
                true => WriteFailure::Refused,
                false => WriteFailure::Throttled,
            }
        }
        GapClass::Throttled => WriteFailure::Throttled,
        GapClass::Refused | GapClass::Vanished => refusal(code.as_deref(), status, &message),
        GapClass::Failed
        | GapClass::Unreachable
        | GapClass::Unparseable
        | GapClass::Unreadable
        | GapClass::NotRead
        | GapClass::Skipped
        | GapClass::Interrupted
        | GapClass::NoSnapshot => WriteFailure::Lost,
    };
    WriteError {
        class,
        message,
        retry_after,
    }
}

/// Whether a change was refused for good, or for what else there is.
fn refusal(code: Option<&str>, status: Option<u16>, message: &str) -> WriteFailure {
    // Words of API Gateway for what is in use, on its way, or held by a canary release; all of
    // them come as one code.
    const PASSING: [&str; 5] = [
        "is referenced in",
        "Active stages pointing to",
        "PENDING",
        "has a canary",
        "with canary settings",
    ];
    let passes = match (code, status) {
        (
            Some(
                "DependencyViolation" | "IncorrectState" | "InvalidGroup.InUse" | "ResourceInUse"
                // AWS WAF does not know what was made just now, and asks to be asked again.
                | "WAFUnavailableEntity",
            ),
            _,
        ) => true,
        // A name that is taken stays taken.
        (Some("Conflict"), _) | (None, Some(409)) => !message.contains("already exists"),
        (Some(_) | None, _) => PASSING.iter().any(|words| message.contains(words)),
    };
    match passes {
        true => WriteFailure::NotYet,
        false => WriteFailure::Refused,
    }
}

/// The code without namespace and documentation link: `ns#FooError:http://...` is `FooError`.
fn bare(code: &str) -> &str {
    let code = code.split_once(':').map_or(code, |(code, _)| code);
    code.rsplit_once('#').map_or(code, |(_, code)| code)
}

fn class_of(code: Option<&str>, status: u16, whole: bool) -> GapClass {
    let by_code = code.and_then(|code| class_of_code(code.trim_end_matches("Exception")));
    by_code.unwrap_or(match status {
        // The SDK tells a body it cannot parse as an error of the service with a good status;
        // only a body that broke off on the way is an error of the response.
        200..300 if whole => GapClass::Unparseable,
        200..300 => GapClass::Unreachable,
        429 => GapClass::Throttled,
        401 | 403 => GapClass::Denied,
        404 => GapClass::Vanished,
        500.. => GapClass::Failed,
        _ => GapClass::Refused,
    })
}

/// The class of a code without its ending `Exception`; `None` when the status must tell.
fn class_of_code(code: &str) -> Option<GapClass> {
    match code {
        "AccessDenied"
        | "NotAuthorized"
        | "OptInRequired"
        | "Unauthorized"
        | "UnauthorizedOperation" => Some(GapClass::Denied),
        "AuthFailure"
        | "ExpiredToken"
        | "IncompleteSignature"
        | "InvalidAccessKeyId"
        | "InvalidClientTokenId"
        | "InvalidSignature"
        | "InvalidToken"
        | "MissingAuthenticationToken"
        | "RequestExpired"
        | "SignatureDoesNotMatch"
        | "UnrecognizedClient" => Some(GapClass::Credentials),
        "BandwidthLimitExceeded"
        | "PriorRequestNotComplete"
        | "RequestLimitExceeded"
        | "RequestThrottled"
        | "SlowDown"
        | "Throttled"
        | "Throttling"
        | "TooManyRequests" => Some(GapClass::Throttled),
        "RequestTimeout" => Some(GapClass::Failed),
        "WAFNonexistentItem" => Some(GapClass::Vanished),
        _ if code.ends_with("NotFound") => Some(GapClass::Vanished),
        _ => None,
    }
}

/// What the part of the SDK that fetches credentials says, when the failure is its own.
/// What STS says to whoever may not take a role, or asks for it wrongly.
fn role_refused(error: &(dyn Error + 'static)) -> Option<ReadError> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(refused) = error.downcast_ref::<AssumeRoleError>() {
            let code = refused.code()?;
            let message = refused.message().unwrap_or("no reason is given");
            return Some(ReadError::new(
                class_of(Some(code), 400, true),
                one_line(&format!("{code}: {message}")),
            ));
        }
        next = error.source();
    }
    None
}

fn credentials_error(error: &(dyn Error + 'static)) -> Option<String> {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.is::<CredentialsError>() || error.is::<TokenError>() {
            return Some(chain(error));
        }
        next = error.source();
    }
    None
}

fn retry_after(response: &HttpResponse) -> Option<Duration> {
    let seconds = response.headers().get("retry-after")?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// An error and its causes, each said once.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut said = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        let words = error.to_string();
        if !said.contains(&words) {
            said = format!("{said}: {words}");
        }
        next = error.source();
    }
    said
}

/// The message as one line that is the same each time the same thing goes wrong.
fn one_line(message: &str) -> String {
    // Behind a blank line AWS quotes the request it got, dates and all.
    let message = message.split("\n\n").next().unwrap_or_default();
    let message = before(message, "Encoded authorization failure message:");
    let words: Vec<&str> = message.split_whitespace().collect();
    let line = without_request_id(&words.join(" "));
    line.trim_end_matches([' ', ',', ';'])
        .chars()
        .take(LONGEST)
        .collect()
}

fn before<'a>(text: &'a str, mark: &str) -> &'a str {
    text.split_once(mark).map_or(text, |(before, _)| before)
}

/// The line without `Request ID: 1234...`, which differs each time.
fn without_request_id(line: &str) -> String {
    const MARKS: [&str; 3] = ["request id: ", "requestid: ", "request-id: "];
    let lower = line.to_ascii_lowercase();
    let found = MARKS
        .iter()
        .find_map(|mark| lower.find(mark).map(|start| (start, start + mark.len())));
    let Some((start, behind)) = found else {
        return line.to_owned();
    };
    let id_ends = line[behind..]
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
        .map_or(line.len(), |length| behind + length);
    let head = line[..start].trim_end_matches([' ', '(', ',', ';']);
    let tail = &line[id_ends..];
    let tail = match tail.strip_prefix(')') {
        Some(rest) if !head.contains('(') => rest,
        _ => tail,
    };
    format!("{head}{tail}")
}

#[cfg(test)]
mod tests {
    use aws_sdk_apigateway::operation::get_rest_apis::GetRestApisError;
    use aws_smithy_runtime_api::client::result::ConnectorError;
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;
    use aws_smithy_types::error::ErrorMetadata;

    use super::*;

    type Failure = SdkError<GetRestApisError, HttpResponse>;

    fn response(status: u16) -> HttpResponse {
        let status = StatusCode::try_from(status).expect("a status");
        HttpResponse::new(status, SdkBody::empty())
    }

    fn service(code: Option<&str>, message: &str, status: u16) -> Failure {
        let mut meta = ErrorMetadata::builder().message(message);
        if let Some(code) = code {
            meta = meta.code(code);
        }
        let error = GetRestApisError::generic(meta.build());
        SdkError::service_error(error, response(status))
    }

    #[test]
    fn codes_decide_before_the_status() {
        use GapClass::{Credentials, Denied, Failed, Refused, Throttled, Vanished};
        for (code, status, class) in [
            ("AccessDenied", 403, Denied),
            ("AccessDeniedException", 403, Denied),
            ("UnauthorizedOperation", 403, Denied),
            ("UnauthorizedException", 403, Denied),
            ("ExpiredToken", 403, Credentials),
            ("ExpiredTokenException", 403, Credentials),
            ("InvalidClientTokenId", 403, Credentials),
            ("UnrecognizedClientException", 403, Credentials),
            ("SignatureDoesNotMatch", 403, Credentials),
            ("InvalidSignatureException", 403, Credentials),
            ("AuthFailure", 401, Credentials),
            ("IncompleteSignature", 400, Credentials),
            ("MissingAuthenticationTokenException", 403, Credentials),
            ("TooManyRequestsException", 429, Throttled),
            ("Throttling", 400, Throttled),
            ("ThrottlingException", 400, Throttled),
            ("RequestLimitExceeded", 503, Throttled),
            ("NotFoundException", 404, Vanished),
            ("LoadBalancerNotFound", 400, Vanished),
            ("InvalidVpcID.NotFound", 400, Vanished),
            ("ResourceNotFoundException", 400, Vanished),
            ("WAFNonexistentItemException", 400, Vanished),
            ("InternalFailure", 500, Failed),
            ("ServiceUnavailableException", 503, Failed),
            ("BadRequestException", 400, Refused),
            ("SomethingNew", 418, Refused),
        ] {
            let error = classify(service(Some(code), "words", status));
            assert_eq!(error.class, class, "{code}");
            assert_eq!(error.message, format!("{code}: words"));
        }
    }

    #[test]
    fn without_a_code_the_status_decides() {
        use GapClass::{Denied, Failed, Refused, Throttled, Unparseable, Vanished};
        for (status, class) in [
            (200, Unparseable),
            (400, Refused),
            (403, Denied),
            (404, Vanished),
            (429, Throttled),
            (500, Failed),
            (503, Failed),
        ] {
            let unhandled = GetRestApisError::unhandled("no document");
            let error: Failure = SdkError::service_error(unhandled, response(status));
            assert_eq!(classify(error).class, class, "{status}");
        }
    }

    #[test]
    fn a_body_that_breaks_off_is_worth_another_attempt() {
        let broken: Failure = SdkError::response_error("connection reset", response(200));
        assert_eq!(classify(broken).class, GapClass::Unreachable);
        let broken: Failure = SdkError::response_error("connection reset", response(429));
        assert_eq!(classify(broken).class, GapClass::Throttled);
    }

    #[test]
    fn a_change_is_refused_put_off_or_lost() {
        use WriteFailure::{Credentials, Denied, Lost, NotYet, Refused, Throttled};
        for (code, said, status, class) in [
            ("BadRequestException", "no such path", 400, Refused),
            ("NotFoundException", "no such stage", 404, Refused),
            ("ConflictException", "Stage already exists", 409, Refused),
            ("ConflictException", "try again", 409, NotYet),
            (
                "BadRequestException",
                "Cannot delete vpc link. Vpc link 'a', is referenced in [b]",
                400,
                NotYet,
            ),
            (
                "BadRequestException",
                "Active stages pointing to this deployment must be moved or deleted",
                400,
                NotYet,
            ),
            (
                "DependencyViolation",
                "it has a dependent object",
                400,
                NotYet,
            ),
            ("ResourceInUse", "in use", 400, NotYet),
            (
                "WAFUnavailableEntityException",
                "AWS WAF couldn't retrieve the resource that you requested. Retry your request.",
                400,
                NotYet,
            ),
            (
                "WAFNonexistentItemException",
                "no such web ACL",
                400,
                Refused,
            ),
            ("OperationNotPermitted", "deletion protection", 400, Refused),
            ("InvalidPermission.Duplicate", "it exists", 400, Refused),
            ("InvalidGroup.NotFound", "no group", 400, Refused),
            (
                "LimitExceededException",
                "Maximum number of stages for this API has been reached",
                429,
                Refused,
            ),
            ("LimitExceededException", "rate", 429, Throttled),
            ("TooManyRequestsException", "slow down", 429, Throttled),
            ("RequestLimitExceeded", "slow down", 503, Throttled),
            ("AccessDeniedException", "not authorized", 403, Denied),
            ("ExpiredTokenException", "expired", 403, Credentials),
            ("InternalFailure", "sorry", 500, Lost),
            ("ServiceUnavailable", "sorry", 503, Lost),
            ("RequestTimeout", "too slow", 408, Lost),
        ] {
            let error = classify_change(service(Some(code), said, status));
            assert_eq!(error.class, class, "{code}: {said}");
        }
    }

    #[test]
    fn a_change_without_an_answer_is_lost_and_one_never_sent_is_not() {
        let late: Failure = SdkError::timeout_error("30 s");
        assert_eq!(classify_change(late).class, WriteFailure::Lost);
        let broken: Failure = SdkError::response_error("connection reset", response(200));
        assert_eq!(classify_change(broken).class, WriteFailure::Lost);
        let reset = std::io::Error::other("connection reset");
        let reset: Failure = SdkError::dispatch_failure(ConnectorError::io(reset.into()));
        assert_eq!(classify_change(reset).class, WriteFailure::Lost);
        let absent = CredentialsError::not_loaded("no profile");
        let absent: Failure =
            SdkError::dispatch_failure(ConnectorError::other(Box::new(absent), None));
        assert_eq!(classify_change(absent).class, WriteFailure::Credentials);
        let unfit: Failure = SdkError::construction_failure("a name is missing");
        assert_eq!(classify_change(unfit).class, WriteFailure::Refused);
    }

    #[test]
    fn retry_after_is_kept() {
        let mut throttled = response(429);
        throttled.headers_mut().insert("retry-after", "7");
        let meta = ErrorMetadata::builder().code("TooManyRequestsException");
        let error: Failure =
            SdkError::service_error(GetRestApisError::generic(meta.build()), throttled);
        let error = classify(error);
        assert_eq!(error.retry_after, Some(Duration::from_secs(7)));
        assert_eq!(error.message, "TooManyRequestsException (HTTP 429)");
    }

    #[test]
    fn a_failure_to_load_credentials_is_told_from_a_dead_line() {
        let absent = CredentialsError::not_loaded("no profile");
        let error: Failure =
            SdkError::dispatch_failure(ConnectorError::other(Box::new(absent), None));
        assert_eq!(classify(error).class, GapClass::Credentials);

        let refused = std::io::Error::other("connection refused");
        let error: Failure = SdkError::dispatch_failure(ConnectorError::io(refused.into()));
        let error = classify(error);
        assert_eq!(error.class, GapClass::Unreachable);
        assert_eq!(
            error.message,
            "dispatch failure: io error: connection refused"
        );

        let late: Failure = SdkError::timeout_error("30 s");
        assert_eq!(classify(late).class, GapClass::Unreachable);
    }

    #[test]
    fn messages_are_one_line_and_name_the_missing_action() {
        let said = "User: arn:aws:iam::123456789012:user/x is not authorized to perform: \
                    ec2:DescribeSubnets because\n no policy allows it. \
                    Encoded authorization failure message: aGVsbG8";
        let error = classify(service(Some("UnauthorizedOperation"), said, 403));
        assert_eq!(
            error.message,
            "UnauthorizedOperation: User: arn:aws:iam::123456789012:user/x is not authorized to \
             perform: ec2:DescribeSubnets because no policy allows it."
        );
    }

    #[test]
    fn request_ids_are_taken_out() {
        for (said, kept) in [
            ("Failed (Request ID: ab-12)", "Failed"),
            (
                "Failed (Service: X; Request ID: ab-12; Proxy: y)",
                "Failed (Service: X; Proxy: y)",
            ),
            ("Failed. RequestId: ab-12", "Failed."),
            ("Failed", "Failed"),
        ] {
            assert_eq!(one_line(said), kept);
        }
        let quoted = "does not match.\n\nThe Canonical String was\n20251120";
        assert_eq!(one_line(quoted), "does not match.");
    }
}
