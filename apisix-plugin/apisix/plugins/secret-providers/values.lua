--- Values for upstreams that this worker remembers.
--
-- `injection` looks them up and adds them, and `events` removes those that the runner voids. They are secrets: nothing
-- here writes them anywhere. The older half is dropped when the younger one is full.

local pairs = pairs

local MOST = 4096
local NONE = {}

local _M = {}

-- By what was asked: an entry, see `put`. By the runner's name of an entry: the set of what was asked. Several questions
-- may have values of one name.
local young, old = {}, {}
local young_names, old_names = {}, {}
local count = 0
-- The number of the last event about values, as this worker counts.
local moment = 0

--- Returns what is remembered.
-- @tparam string asked the body of the question
-- @treturn ?table the entry; nil if there is none
function _M.find(asked)
    local entry = young[asked]
    if not entry then
        entry = old[asked]
        if entry then
            _M.put(asked, entry)
        end
    end
    return entry
end

--- Remembers values.
-- @tparam string asked the body of the question
-- @tparam table entry `name` in events, `headers`, `query`, `cookies`, `epoch`, `asked`, `ends` (times), `connection`
function _M.put(asked, entry)
    if count >= MOST then
        young, old, count = {}, young, 0
        young_names, old_names = {}, young_names
    end
    young[asked] = entry
    local all = young_names[entry.name]
    if all then
        all[asked] = true
    else
        young_names[entry.name] = { [asked] = true }
    end
    count = count + 1
end

--- Forgets values.
-- @tparam string asked the body of the question
function _M.drop(asked)
    young[asked], old[asked] = nil, nil
end

--- Forgets the values of a name. `next_moment` begins before.
-- @tparam string name
function _M.forget(name)
    for asked in pairs(young_names[name] or NONE) do
        _M.drop(asked)
    end
    for asked in pairs(old_names[name] or NONE) do
        _M.drop(asked)
    end
    young_names[name], old_names[name] = nil, nil
end

--- Forgets all values.
function _M.forget_all()
    moment = moment + 1
    young, old, count = {}, {}, 0
    young_names, old_names = {}, {}
end

--- Begins a new moment, because there was an event about values.
function _M.next_moment()
    moment = moment + 1
end

--- Returns the number of the last event about values, as this worker counts.
-- @treturn number
function _M.moment()
    return moment
end

return _M
