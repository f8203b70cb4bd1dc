-- The site of tests/bench/star.lua as a cluster of Pacemaker: a node for each server, a resource for each camera, grouped by
-- main, each group at home on its main and else on the standby.
-- usage: lua5.4 cib.lua MAINS CAMERAS >cib.xml
local mains, cameras = math.tointeger(arg[1]), math.tointeger(arg[2])
local nodes, states, groups, places = {}, {}, {}, {}
local function add(list, ...) list[#list + 1] = string.format(...) end
local function node(name, id)
  add(nodes, '<node id="%d" uname="%s"/>', id, name)
  add(states, '<node_state id="%d" uname="%s" in_ccm="true" crmd="online" join="member" expected="member"><lrm id="%d"><lrm_resources>', id, name, id)
end
for m = 0, mains do
  local name = m == 0 and "standby" or "main-" .. m
  node(name, m + 1)
  for c = 1, m == 0 and 0 or cameras do
    add(states, '<lrm_resource id="cam-%d-%d" type="Dummy" class="ocf" provider="heartbeat"><lrm_rsc_op id="cam-%d-%d_last_0" operation="start" operation_key="cam-%d-%d_start_0" crm_feature_set="3.16.1" transition-key="1:1:0:0d4c0000-0000-0000-0000-000000000000" transition-magic="0:0;1:1:0:0d4c0000-0000-0000-0000-000000000000" call-id="%d" rc-code="0" op-status="0" interval="0" on_node="%s"/></lrm_resource>', m, c, m, c, m, c, c, name)
  end
  states[#states + 1] = "</lrm_resources></lrm></node_state>"
end
for m = 1, mains do
  add(groups, '<group id="group-%d">', m)
  for c = 1, cameras do add(groups, '<primitive id="cam-%d-%d" class="ocf" provider="heartbeat" type="Dummy"/>', m, c) end
  groups[#groups + 1] = "</group>"
  add(places, '<rsc_location id="home-%d" rsc="group-%d" node="main-%d" score="1000"/>', m, m, m)
  add(places, '<rsc_location id="away-%d" rsc="group-%d" node="standby" score="100"/>', m, m)
end
io.write('<cib crm_feature_set="3.16.1" validate-with="pacemaker-3.7" epoch="1" num_updates="0" admin_epoch="1" have-quorum="1" dc-uuid="1"><configuration><crm_config>',
  '<cluster_property_set id="options"><nvpair id="o1" name="stonith-enabled" value="false"/><nvpair id="o2" name="symmetric-cluster" value="false"/><nvpair id="o3" name="enable-startup-probes" value="false"/></cluster_property_set></crm_config><nodes>',
  table.concat(nodes), "</nodes><resources>", table.concat(groups), "</resources><constraints>", table.concat(places),
  "</constraints></configuration><status>", table.concat(states), "</status></cib>\n")
