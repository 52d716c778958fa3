using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Tests.Config;

/// <summary>The tables of keys hold what the documentation and the shown map are made of.</summary>
public sealed partial class KeyTableTests
{
    [Fact]
    public void Keys_AreInSnakeCaseWithTextAndOnce()
    {
        foreach (var (name, summary, type) in All())
        {
            Assert.Matches(SnakeCase(), name);
            Assert.NotEmpty(summary);
            Assert.NotEmpty(type);
        }

        Assert.Equal(PortKeys.All.Count, PortKeys.All.DistinctBy(key => key.Name).Count());
        Assert.Equal(ServiceKeys.All.Count, ServiceKeys.All.DistinctBy(key => key.Name).Count());
    }

    [Fact]
    public void Keys_ReadTheirDefaultsWithoutComplaint()
    {
        Check(DaemonKeys.All);
        Check(LogKeys.All);
        Check(PortKeys.All);
        Check(ServiceKeys.All);
    }

    [Fact]
    public void Records_RequireEveryValueForWhichAKeyHasADefault()
    {
        AssertRequired(DaemonKeys.All, typeof(DaemonSection));
        AssertRequired(LogKeys.All, typeof(LogSection));
        AssertRequired(PortKeys.All, typeof(Port), typeof(PortKey));
        AssertRequired(ServiceKeys.All, typeof(Service), typeof(Admission), typeof(ChildProgram), typeof(ForwardPlan));
    }

    /// <summary>A default that stands at the key stands in no initializer of the record as well.</summary>
    private static void AssertRequired<TRecord>(IEnumerable<Key<TRecord>> keys, params Type[] records) =>
        Assert.All(keys.Where(key => key.DefaultText is not null), key =>
        {
            var name = key.Name == "type" ? "Transport" : key.Name.Replace("_", "", StringComparison.Ordinal);
            var property = records.Select(record => record.GetProperty(
                name, BindingFlags.IgnoreCase | BindingFlags.Instance | BindingFlags.Public)).OfType<PropertyInfo>().Single();
            Assert.True(property.IsDefined(typeof(RequiredMemberAttribute), inherit: false), key.Name);
        });

    private static void Check<TRecord>(IEnumerable<Key<TRecord>> keys)
    {
        foreach (var key in keys.Where(key => key.DefaultText is not null))
        {
            var problems = new Problems();
            var reading = Hosts.Reading(problems);
            var table = TomlReader.Read(new SourceText("f", $"{key.Name} = {key.DefaultText}\n"), problems)!;

            Assert.True(key.TryRead(table.Find(key.Name)!.Value, reading, out _), key.Name);
            Assert.Empty(problems.InOrder());
        }
    }

    private static IEnumerable<(string Name, string Summary, string Type)> All() =>
    [
        .. DaemonKeys.All.Select(key => (key.Name, key.Summary, key.Type)),
        .. LogKeys.All.Select(key => (key.Name, key.Summary, key.Type)),
        .. PortKeys.All.Select(key => (key.Name, key.Summary, key.Type)),
        .. ServiceKeys.All.Select(key => (key.Name, key.Summary, key.Type)),
    ];

    [GeneratedRegex(@"\A[a-z][a-z0-9]*(_[a-z0-9]+)*\z")]
    private static partial Regex SnakeCase();
}
