//! What crosses to the windows: decided values. Texts are ready to be shown
//! and no field asks the receiver to reckon with times; the same values make
//! the tray and, in part, the terminal's lines.
//!
//! Exported to TypeScript (`ui/src/lib/bindings.ts`); a test fails when the
//! exported file is stale.

mod account;
mod agenda;
mod notification;
mod problem;
mod ring;
mod schedule;
mod settings;
mod setup;
mod tray;

pub use account::{AccountForm, AccountView, ServiceForm};
pub use agenda::{
    AgendaView, Answer, BannerAction, BannerView, Bar, DayView, DetailsView, HeroView, JoinView,
    Mark, OpenedView, PartView, PersonView, PresenceChip, PresenceKind, RowView, Stage, SyncChip,
    SyncState,
};
pub use notification::{NotificationButton, NotificationView};
pub use problem::{Problem, ProblemCode};
pub use ring::{RingItemView, RingView, SnoozeChoice, SnoozeView};
pub use schedule::{
    AnswerChoice, CandidateView, GridView, HourView, InviteeView, LineView, MeetByView,
    OutcomeKind, OutcomeView, Part, RoomView, ScheduleChange, SchedulePurpose, ScheduleView,
    SendView, SlotView, SpanKind, SpanView, SuggestionView,
};
pub use settings::{
    ControlView, EnvironmentView, OptionView, ReportView, Section, SectionView, SettingName,
    SettingValue, SettingView, SettingsChange, SettingsView,
};
pub use setup::{
    FailureView, FoundView, PassphraseView, SetupStep, SetupView, SignInView, StepState, StepView,
};
pub use tray::{TrayAction, TrayEntry, TrayIcon, TrayView};
