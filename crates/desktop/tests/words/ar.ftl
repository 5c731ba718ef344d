# A language of the tests: written from right to left, with six plurals and with
# halves of the day of its own.
language-name = العربية
language-locale = ar_EG
language-direction = rtl

clock-12 =
    { $half ->
        [am] { $hour }:{ $minute } ص
       *[pm] { $hour }:{ $minute } م
    }
hour-12 =
    { $half ->
        [am] { $hour } ص
       *[pm] { $hour } م
    }
day-date = { $weekday } { $day } { $month }
short-date = { $day } { $month }
year-date = { $day } { $month } { $year }
either = { $others } أو { $last }
today = اليوم
tomorrow = غدًا
in-minutes =
    { $minutes ->
        [one] بعد دقيقة
        [two] بعد دقيقتين
        [few] بعد { $minutes } دقائق
       *[other] بعد { $minutes } دقيقة
    }
now = الآن
people-count =
    { $count ->
        [zero] لا أحد
        [one] شخص واحد
        [two] شخصان
        [few] { $count } أشخاص
        [many] { $count } شخصًا
       *[other] { $count } شخص
    }
person-and-others =
    { $count ->
        [one] { $name } وشخص آخر
        [two] { $name } وشخصان آخران
        [few] { $name } و{ $count } آخرون
       *[other] { $name } و{ $count } آخر
    }
join = انضمام
join-now = انضم الآن
join-provider = انضم عبر { $provider }
dismiss = إغلاق
snooze = ذكّرني لاحقًا
snooze-ten-minutes = بعد 10 دقائق
running-late = سأتأخر
tray-open = فتح جدول الأعمال
tray-quit = إنهاء Joinbell
schedule = جدولة
search = ابحث في الاجتماعات والأشخاص
key-search = بحث
window-settings = الإعدادات
settings-reminders = التذكيرات
settings-search = ابحث في الإعدادات
set-minutes-before = التنبيه قبل البدء
setup-heading = اربط تقويمك
setup-continue = متابعة
schedule-heading = جدولة اجتماع
