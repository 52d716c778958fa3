namespace NetSuperd;

/// <summary>Names a handler: the word that <c>handler = "..."</c> and the values of <c>[ports]</c> use for it.</summary>
/// <remarks>Two handlers of one name, built-ins included, are a configuration error.</remarks>
/// <param name="name">Letters, digits, <c>-</c> and <c>_</c>, at most 64 characters.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class HandlerAttribute(string name) : Attribute
{
    /// <summary>The name of the handler.</summary>
    public string Name { get; } = name;
}
