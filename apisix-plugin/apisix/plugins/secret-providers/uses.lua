--- Uses of remembered verdicts, which the runner cannot see: reported to it once a second.
--
-- `verdicts` counts them by verdict, and this module those without one. A report takes them out of both.
-- Without reports the runner would take a credential that is remembered for one that is not used.
-- One report is under way at a time. What a worker has not reported when it is killed is lost: a second's uses.

local calls = require("apisix.plugins.secret-providers.calls")
local events = require("apisix.plugins.secret-providers.events")
local log = require("apisix.plugins.secret-providers.log")
local runner = require("apisix.plugins.secret-providers.runner")
local verdicts = require("apisix.plugins.secret-providers.verdicts")

local find = string.find
local next = next
local now = ngx.now
local pairs = pairs
local pcall = pcall
local stream = events.stream
local timer_at = ngx.timer.at
local tostring = tostring

local SECONDS = 1
-- A report is short, so that it delays no request, neither here nor there.
local MOST_PER_CALL = 500
local MOST_BYTES_PER_CALL = 65536
-- Of credentials with uses that were not reported. Further ones are not counted.
local MOST = 100000
-- Why a runner that has read no consumers yet counts nothing.
local TOO_EARLY = "too early"
-- After a runner that does not know reports.
local PAUSE_SECONDS = 60

local _M = {}

-- By the kind of credential: the number of uses by identity, of the current version and of those before.
local function new_counts()
    return { current = { {}, {}, {} }, previous = { {}, {}, {} } }
end

local counts, size = new_counts(), 0
local reporting = false
local paused_until = 0

local report

local function report_later()
    reporting = timer_at(SECONDS, report) and true or false
end

local function wait()
    if not reporting then
        report_later()
    end
end

local function add(kind, identity, previous, count)
    local of_kind = (previous and counts.previous or counts.current)[kind]
    local before = of_kind[identity]
    if not before then
        if size >= MOST then
            return
        end
        size = size + 1
    end
    of_kind[identity] = (before or 0) + count
    wait()
end

verdicts.report_to(add, wait)

--- Counts a use of a verdict that was not remembered yet.
-- @tparam number kind of the credential, see `calls.KINDS`
-- @tparam string identity
-- @tparam boolean previous whether it was good as a version before the current one
function _M.count(kind, identity, previous)
    add(kind, identity, previous, 1)
end

-- Reports the uses of one kind and removes what was reported. Returns why that failed, or nil.
local function send(of_kind, kind, previous)
    local identity, count = next(of_kind)
    while identity do
        local names, length = {}, 0
        calls.begin_uses()
        while identity and #names < MOST_PER_CALL and length < MOST_BYTES_PER_CALL do
            length = calls.use(kind, identity, previous and 0 or count, previous and count or 0)
            names[#names + 1] = identity
            identity, count = next(of_kind, identity)
        end
        local answer, err = runner.exchange(calls.USES, calls.uses(), runner.ASK_SECONDS)
        if answer and find(answer, '"counted":false', 1, true) then
            return TOO_EARLY
        end
        if not answer and err ~= "timeout" then
            return err
        end
        -- Without an answer in time they may have been counted.
        for i = 1, #names do
            of_kind[names[i]] = nil
        end
        if not answer then
            return err
        end
    end
end

local function send_all(taken)
    for which, by_kind in pairs(taken) do
        for kind = 1, #by_kind do
            local err = send(by_kind[kind], kind, which == "previous")
            if err then
                return err
            end
        end
    end
end

local function put_back(taken)
    for which, by_kind in pairs(taken) do
        for kind = 1, #by_kind do
            for identity, count in pairs(by_kind[kind]) do
                add(kind, identity, which == "previous", count)
            end
        end
    end
end

-- Reports the uses until now. They are taken in portions, so that no request waits for long. Returns nil if that was done,
-- otherwise why not, and the uses that may be reported again.
local function report_all()
    -- If an earlier report left some, they come first.
    local turns = verdicts.next_uses() and 1 or 2
    for turn = 1, turns do
        if turn == 2 then
            verdicts.next_uses()
        end
        repeat
            local more = verdicts.take_uses(MOST_PER_CALL)
            local taken = counts
            counts, size = new_counts(), 0
            local done, err = pcall(send_all, taken)
            if not done or err then
                return tostring(err), done and taken or new_counts()
            end
        until not more
    end
end

-- Runs as a timer. While the runner is away, it only waits for others to find it. So it does while another runner is
-- expected: where the system holds the socket, a report would be sent into its queue, and answered too late to be sure.
function report(premature)
    if runner.away_until() == 0 and (premature or stream.restart_until <= now()) then
        if now() < paused_until then
            counts, size = new_counts(), 0
        else
            local err, taken = report_all()
            if err == runner.UNEXPECTED then
                log.write("warn", "the runner does not take uses of remembered credentials, so it is older than this plugin")
                paused_until = now() + PAUSE_SECONDS
            elseif err == TOO_EARLY then
                put_back(taken)
            elseif err then
                log.write("warn", "uses of remembered credentials could not be reported", err)
                put_back(taken)
                if err ~= "timeout" then
                    runner.seems_away(err)
                end
            end
        end
    end
    reporting = false
    if not premature and (size > 0 or verdicts.has_uses()) then
        report_later()
    end
end

return _M
