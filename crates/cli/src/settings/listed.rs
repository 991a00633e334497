//! Every key with the value that is in force, for `unbridge settings`.

use serde_json::{Value, json};
use unbridge_report::run::{FORMAT_VERSION, From, Setting, SettingsTold};

use super::probes::ProbeRequest;
use super::{Settings, canary, waits};

/// Every key, sorted.
pub(crate) fn listed(settings: &Settings) -> SettingsTold {
    let mut all = single(settings);
    all.extend(entries(settings));
    all.extend(
        waits::seconds(settings.waits).map(|(key, seconds)| {
            settings.told(&format!("waits.{key}"), json!(seconds), Some("s"))
        }),
    );
    all.extend(canary::values(settings.canary).map(|(key, value, unit)| {
        let unit = Some(unit).filter(|_| !value.is_null());
        settings.told(&format!("canary.{key}"), value, unit)
    }));
    all.sort_by(|one, other| one.key.cmp(&other.key));
    let file = settings.file.as_ref();
    SettingsTold {
        format_version: FORMAT_VERSION,
        file: file.map(|path| path.display().to_string()),
        settings: all,
    }
}

impl Settings {
    /// A key with its value, and where that comes from.
    fn told(&self, key: &str, value: Value, unit: Option<&'static str>) -> Setting {
        Setting {
            key: key.to_owned(),
            value,
            unit,
            from: match self.lines.of(key) {
                Some(line) => From::File { line },
                None => From::Default,
            },
            flag: None,
        }
    }
}

/// Keys that stand there once.
fn single(settings: &Settings) -> Vec<Setting> {
    let Settings {
        file: _,
        acceptances: _,
        regions,
        pace,
        probes,
        canary: _,
        waits: _,
        on_fail,
        lock,
        lines: _,
    } = settings;
    let flagged = |setting: Setting, flag| Setting {
        flag: Some(flag),
        ..setting
    };
    let regions: Vec<&str> = regions.iter().map(|region| region.as_str()).collect();
    let regions = match regions.as_slice() {
        [] => Value::Null,
        regions => json!(regions),
    };
    let told = |key, value| settings.told(key, value, None);
    vec![
        flagged(told("regions", regions), "--region"),
        flagged(
            settings.told("pace.percent", json!(u8::from(*pace)), Some("%")),
            "--pace",
        ),
        flagged(told("on_fail", json!(on_fail.to_string())), "--on-fail"),
        flagged(told("lock", json!(lock.to_string())), "--lock"),
        told("probes.address", json!(probes.address)),
        told("probes.body", json!(probes.body.to_string())),
        settings.told("probes.replay", json!(probes.replay), Some("methods")),
    ]
}

/// The entries of lists, each under its number.
fn entries(settings: &Settings) -> Vec<Setting> {
    let requests = (1..).zip(&settings.probes.requests);
    let requests = requests.map(|(number, request)| {
        settings.told(
            &format!("probes.request.{number}"),
            json!(asked(request)),
            None,
        )
    });
    let accepted = (1..).zip(&settings.acceptances);
    let accepted = accepted.map(|(number, acceptance)| {
        let mut words = vec![acceptance.finding.to_string()];
        words.extend(acceptance.scope.words());
        words.push(format!("until {}", acceptance.expires));
        settings.told(&format!("accept.{number}"), json!(words.join(", ")), None)
    });
    requests.chain(accepted).collect()
}

/// `GET /orders/42 -> 200, at stage prod, Accept: application/json`.
fn asked(request: &ProbeRequest) -> String {
    let ProbeRequest {
        path,
        verb,
        status,
        api,
        stage,
        headers,
    } = request;
    let mut words = vec![format!("{verb} {path} -> {status}")];
    words.extend(api.iter().map(|api| format!("at API {api}")));
    words.extend(stage.iter().map(|stage| format!("at stage {stage}")));
    words.extend(
        headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}")),
    );
    words.join(", ")
}
